# Releases side by side: each is an artifact of its own, and none changes with the others.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.1.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
}

run "one_release" {
  assert {
    condition     = jsondecode(aws_s3_object.release_offer.content) == { schema = 1, current = "1.1.0", releases = { "1.1.0" = { sha256 = filesha256("tests/releases/1.1.0/release.json"), deprecated = false } } }
    error_message = "The bucket says what is on offer."
  }
  assert {
    condition     = aws_s3_object.release_manifest["1.1.0"].key == "releases/1.1.0/release.json"
    error_message = "The bucket has what fetching a release begins with."
  }
}

run "a_second_one" {
  variables {
    release_dir           = "tests/releases/2.0.0"
    retained_release_dirs = ["tests/releases/1.1.0"]
    deprecated_releases   = ["1.1.0"]
  }
  assert {
    condition     = keys(aws_servicecatalog_provisioning_artifact.release) == ["model-build/1.1.0", "model-build/2.0.0"]
    error_message = "Two releases are two artifacts of the product."
  }
  assert {
    condition     = output.provisioning_artifacts["model-build/1.1.0"] == run.one_release.provisioning_artifacts["model-build/1.1.0"]
    error_message = "The older release's artifact is the one it was: same template, same settings, same archives."
  }
  assert {
    condition     = output.products == run.one_release.products
    error_message = "The product stays; with it the projects."
  }
  assert {
    condition     = aws_servicecatalog_provisioning_artifact.release["model-build/1.1.0"].guidance == "DEPRECATED" && aws_servicecatalog_provisioning_artifact.release["model-build/2.0.0"].guidance == "DEFAULT"
    error_message = "The older one is marked as deprecated."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/2.0.0"]).Resources == { Nothing = { Type = "AWS::CloudFormation::WaitConditionHandle" } }
    error_message = "A release's form is its own, not that of the package which offers it."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/2.0.0"]).Mappings == { Platform = { Release = { SettingsSha256 = sha256(local.runner_settings["model-build/2.0.0"]) } } }
    error_message = "A form gets the values that it asks for, and no others."
  }
  assert {
    condition     = jsondecode(aws_s3_object.release_offer.content).releases["1.1.0"].deprecated && jsondecode(aws_s3_object.release_offer.content).current == "2.0.0"
    error_message = "The bucket's list follows."
  }
}

run "the_older_one_dropped" {
  variables {
    release_dir = "tests/releases/2.0.0"
  }
  assert {
    condition     = output.provisioning_artifacts == { "model-build/2.0.0" = run.a_second_one.provisioning_artifacts["model-build/2.0.0"] }
    error_message = "Dropping a release takes its own artifact away, and leaves the other as it is."
  }
  assert {
    condition = alltrue([
      for object in values(jsondecode(file("tests/releases/2.0.0/release.json")).objects) : contains(keys(aws_s3_object.release), object.key)
    ])
    error_message = "What both had in common stays."
  }
}

run "a_deprecated_current_release" {
  command         = plan
  expect_failures = [var.deprecated_releases]
  variables {
    deprecated_releases = ["1.1.0"]
  }
}
