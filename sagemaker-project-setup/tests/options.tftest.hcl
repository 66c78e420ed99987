# What package 1's choices change.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "contents_of_the_bucket_go_with_the_project" {
  command = plan

  assert {
    condition     = aws_s3_bucket.artifacts.force_destroy
    error_message = "the default deletes the contents"
  }
}

run "contents_of_the_bucket_are_kept" {
  command = plan

  variables {
    platform = merge(var.platform, { artifact_bucket_contents = "keep" })
  }

  assert {
    condition     = !aws_s3_bucket.artifacts.force_destroy
    error_message = "keep must not destroy"
  }
}

run "nothing_may_be_archived_by_default" {
  command = plan

  assert {
    condition     = !contains(keys(aws_lambda_function.seed.environment[0].variables), "SEED_ARCHIVE_REPOSITORY")
    error_message = "whoever may invoke the function could archive the repository"
  }
}

run "the_projects_own_repository_may_be_archived_where_it_was_chosen" {
  command = plan

  variables {
    project = merge(var.project, { git_repository = "archive" })
  }

  assert {
    condition     = aws_lambda_function.seed.environment[0].variables.SEED_ARCHIVE_REPOSITORY == var.project.repository
    error_message = "the function archives this repository and no other"
  }
}

run "connections_of_both_names_are_allowed_under_their_own" {
  command = plan

  variables {
    project = merge(var.project, {
      connection_arn = "arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
    })
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.pipeline.statement :
      statement.actions == toset(["codestar-connections:UseConnection"])
    ])
    error_message = "the action's prefix must be the one of the ARN"
  }
}

run "outside_a_vpc_nobody_touches_ec2" {
  command = plan

  assert {
    condition     = length(data.aws_iam_policy_document.network) == 0 && length(aws_codebuild_project.build.vpc_config) == 0
    error_message = "no network, no permissions for it"
  }
}

run "inside_a_vpc_build_and_function_share_the_network" {
  command = plan

  variables {
    platform = merge(var.platform, {
      network = { vpc_id = "vpc-0a1b", subnet_ids = ["subnet-0a1b", "subnet-0c2d"], security_group_ids = ["sg-0a1b"] }
    })
  }

  assert {
    condition     = aws_codebuild_project.build.vpc_config[0].subnets == toset(["subnet-0a1b", "subnet-0c2d"])
    error_message = "the build's subnets"
  }
  assert {
    condition     = aws_lambda_function.seed.vpc_config[0].security_group_ids == toset(["sg-0a1b"])
    error_message = "the function's security groups"
  }
}

run "builds_on_arm" {
  command = plan

  variables {
    platform = merge(var.platform, { build = { image = "aws/codebuild/amazonlinux-aarch64-standard:3.0" } })
  }

  assert {
    condition     = aws_codebuild_project.build.environment[0].type == "ARM_CONTAINER" && aws_codebuild_project.build.build_timeout == 30
    error_message = "the image decides the kind of machine, the rest keeps its default"
  }
}

run "the_git_host_of_the_local_cloud_is_registered_as_https" {
  command = plan

  variables {
    project  = merge(var.project, { repository_url = "http://127.0.0.1:8080/example-org/churn" })
    platform = merge(var.platform, { github = merge(var.platform.github, { base_url = "http://127.0.0.1:8080" }) })
  }

  assert {
    condition     = aws_sagemaker_code_repository.build.git_config[0].repository_url == "https://127.0.0.1:8080/example-org/churn"
    error_message = "SageMaker takes https only"
  }
  assert {
    condition     = jsondecode(aws_lambda_invocation.seed.input).repository.url == "http://127.0.0.1:8080/example-org/churn"
    error_message = "the seed is pushed to the address as it is"
  }
}

run "a_seed_that_was_not_pushed_fails_the_project" {
  command = plan

  override_resource {
    target          = aws_lambda_invocation.seed
    override_during = plan
    values          = { result = "{\"status\":\"refused\"}" }
  }

  expect_failures = [aws_lambda_invocation.seed]
}

run "longest_names_fit" {
  command = plan

  variables {
    project = merge(var.project, { id = "p-abcdefghijklmnopqr", name = "A2345678901234567890123456789012" })
  }

  assert {
    condition     = length(aws_s3_bucket.artifacts.bucket) <= 63 && length(aws_iam_role.execution.name) <= 64
    error_message = "S3 allows 63 characters, IAM 64"
  }
  assert {
    condition     = length(aws_sagemaker_model_package_group.models.model_package_group_name) <= 63
    error_message = "SageMaker allows 63 characters"
  }
}
