# What package 1 makes: protection of the state, products with their artifacts, and the values handed on.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/service-role/studio", "arn:aws:iam::111122223333:role/team-b"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
}

run "the_defaults" {
  # State is protected.
  assert {
    condition     = aws_s3_bucket.state.force_destroy != true
    error_message = "The state bucket must never be force-destroyed."
  }
  assert {
    condition     = !strcontains(aws_s3_bucket.state.bucket, "sagemaker") && startswith(aws_s3_bucket.state.bucket, "ml-projects-state-")
    error_message = "AmazonSageMakerFullAccess opens the objects of buckets with sagemaker in their name, to roles that package 1 knows nothing of."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "State versions are the way back from a damaged state."
  }
  assert {
    condition     = alltrue([for block in [aws_s3_bucket_public_access_block.state] : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "All four public access blocks must be on."
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false" && jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Effect == "Deny"
    error_message = "The bucket must refuse everything but TLS."
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement :
      statement.Effect == "Deny" && try(toset(statement.Condition.ArnEquals["aws:PrincipalArn"]) == toset(var.studio_execution_role_arns) && contains(statement.Action, "s3:PutObject*"), false)
    ])
    error_message = "Studio roles may write nothing into the state bucket, whatever their own policies open."
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement :
      statement.Effect == "Deny" && try(
        statement.Condition.StringNotEquals["s3:x-amz-server-side-encryption-aws-kms-key-id"] == aws_kms_key.platform.arn &&
        statement.Condition.Null["s3:x-amz-server-side-encryption"] == "false" &&
        endswith(statement.NotResource, "/${aws_s3_object.placeholder.key}"),
        false,
      )
    ])
    error_message = "Nothing but the placeholder may be written under another key than the platform's."
  }
  assert {
    condition     = aws_dynamodb_table.locks.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.locks.point_in_time_recovery[0].enabled && aws_dynamodb_table.locks.deletion_protection_enabled && aws_dynamodb_table.locks.server_side_encryption[0].enabled
    error_message = "The lock table is on demand, recoverable, protected and encrypted."
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.state) == 1 && length(aws_s3_bucket_logging.state) == 0
    error_message = "Old versions expire by default; access logs need a bucket."
  }
  assert {
    condition     = aws_cloudwatch_log_group.runner.name == "/sagemaker-projects/runner" && aws_cloudwatch_log_group.runner.retention_in_days == 90 && aws_cloudwatch_log_group.runner.kms_key_id == aws_kms_key.platform.arn
    error_message = "The runner's log is kept for a time, and encrypted."
  }

  # One product, offered to both Studio roles.
  assert {
    condition     = keys(aws_servicecatalog_product.project) == ["model-build"]
    error_message = "The default offer is the product model-build."
  }
  assert {
    condition     = aws_servicecatalog_product.project["model-build"].tags["sagemaker:studio-visibility"] == "true"
    error_message = "Studio shows only products with this tag."
  }
  assert {
    condition     = keys(aws_servicecatalog_provisioning_artifact.release) == ["model-build/1.0.0"] && aws_servicecatalog_provisioning_artifact.release["model-build/1.0.0"].name == "1.0.0"
    error_message = "Each release is an artifact named by its version."
  }
  assert {
    condition     = endswith(aws_servicecatalog_provisioning_artifact.release["model-build/1.0.0"].template_url, "/${aws_s3_object.template["model-build/1.0.0"].key}")
    error_message = "The artifact's template is the uploaded one."
  }
  assert {
    condition     = aws_s3_object.template["model-build/1.0.0"].tags["servicecatalog:provisioning"] == "true"
    error_message = "The launch role may only read templates with this tag."
  }
  assert {
    condition     = jsondecode(aws_servicecatalog_constraint.launch["model-build"].parameters).RoleArn == aws_iam_role.launch.arn
    error_message = "The product launches under the launch role."
  }
  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.launch.policy).Statement[0].Action, "cloudformation:TagResource")
    error_message = "Service Catalog tags every stack it creates."
  }
  assert {
    condition     = length(aws_servicecatalog_principal_portfolio_association.studio) == 2
    error_message = "Every Studio role is a principal of the portfolio."
  }
  assert {
    condition     = output.release == "1.0.0"
    error_message = "The release is an output."
  }

  # The template carries this account's values.
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform.Store.Bucket == aws_s3_bucket.state.id
    error_message = "The sample bucket must be replaced."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform.Release.RunnerSha256 == jsondecode(file("tests/releases/1.0.0/release.json")).objects.runner.sha256
    error_message = "The command fetches the runner by the release's hash."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform.Release.SettingsSha256 == sha256(local.runner_settings["model-build/1.0.0"])
    error_message = "The command fetches the settings by their hash."
  }
  assert {
    condition     = keys(jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform) == keys(yamldecode(file("products/model-build/template.yaml")).Mappings.Platform) && alltrue([for group, values in yamldecode(file("products/model-build/template.yaml")).Mappings.Platform : keys(values) == keys(jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform[group])])
    error_message = "The samples in the template and the values that replace them must have the same keys."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Parameters.CodeStarConnectionArn.Default == var.connection_arn && jsondecode(local.templates["model-build/1.0.0"]).Parameters.CodeStarConnectionArn.AllowedValues == [var.connection_arn]
    error_message = "The connection is baked in."
  }
  assert {
    condition     = length(local.templates["model-build/1.0.0"]) < 51200
    error_message = "A template body has at most 51,200 bytes."
  }

  # What a run reads is named by its content.
  assert {
    condition     = alltrue([for object in concat(values(aws_s3_object.platform_settings), values(aws_s3_object.runner_settings), values(aws_s3_object.template), [aws_s3_object.placeholder]) : split("/", object.key)[1] == sha256(object.content)])
    error_message = "Every object's key holds the hash of its content."
  }
  assert {
    condition     = alltrue([for object in aws_s3_object.release : split("/", object.key)[1] == filesha256(object.source)])
    error_message = "Every archive's key holds the hash of its content."
  }
  assert {
    condition     = jsondecode(local.platform_settings["model-build/1.0.0"]).platform.seed.sha256 == jsondecode(file("tests/releases/1.0.0/release.json")).objects["seed-model-build"].sha256
    error_message = "Package 2 gets the product's seed."
  }
  assert {
    condition     = alltrue([for line in compact(split("\n", local.runner_settings["model-build/1.0.0"])) : can(regex("^[a-z][a-z0-9_]*=[A-Za-z0-9_./:=@+,-]*$", line))])
    error_message = "The runner takes only plain key=value lines."
  }
  assert {
    condition     = !strcontains(join("", concat(values(local.templates), values(local.platform_settings), values(local.runner_settings))), "ghp_0123456789")
    error_message = "The token must be nowhere but in Secrets Manager."
  }
}

run "several_products_and_releases_side_by_side" {
  variables {
    retained_release_dirs = ["tests/releases/1.0.0"]
    release_dir           = "tests/releases/1.1.0"
    deprecated_releases   = ["1.0.0"]
    products = {
      model-build = { name = "Churn models", support_email = "ml@example.com" }
    }
  }
  assert {
    condition     = keys(aws_servicecatalog_provisioning_artifact.release) == ["model-build/1.0.0", "model-build/1.1.0"] && output.release == "1.1.0"
    error_message = "An older release stays on offer beside the new one."
  }
  assert {
    condition     = aws_servicecatalog_provisioning_artifact.release["model-build/1.0.0"].guidance == "DEPRECATED" && aws_servicecatalog_provisioning_artifact.release["model-build/1.1.0"].guidance == "DEFAULT"
    error_message = "Only the old release is deprecated."
  }
  assert {
    condition     = aws_servicecatalog_product.project["model-build"].name == "Churn models" && aws_servicecatalog_product.project["model-build"].support_email == "ml@example.com" && aws_servicecatalog_product.project["model-build"].owner == "ML platform team"
    error_message = "The map overrides single fields of the product's defaults."
  }
  assert {
    condition     = length(aws_s3_object.release) == 12
    error_message = "The archives of both releases are uploaded."
  }
}

run "a_mirror_and_a_network" {
  variables {
    terraform_mirror_dir = "tests/fakes/mirror"
    network              = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    runner               = { subnet_id = "subnet-9", security_group_id = "sg-9" }
  }
  assert {
    condition     = length(aws_s3_object.release) == 8
    error_message = "Terraform and the provider are uploaded with the release."
  }
  assert {
    condition     = strcontains(local.runner_settings["model-build/1.0.0"], "/terraform_1.11.4_linux_amd64.zip\n") && strcontains(local.runner_settings["model-build/1.0.0"], "/terraform-provider-aws_5.100.0_linux_amd64.zip\n")
    error_message = "The runner is told where the mirrored archives lie."
  }

  assert {
    condition     = jsondecode(local.platform_settings["model-build/1.0.0"]).platform.network.vpc_id == "vpc-1" && jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform.Runner.Subnet == "subnet-9"
    error_message = "The network settings must be handed on."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.command_runner.policy, "CreateSecurityGroup")
    error_message = "With a security group given, the CommandRunner makes none."
  }
}
