# The second half of a project, and that a project without it has nothing of it.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "a_product_that_does_not_deploy_has_nothing_of_it" {
  command = plan

  assert {
    condition     = length(aws_codepipeline.deploy) + length(aws_codebuild_project.deploy) + length(aws_iam_role.deploy) + length(aws_iam_role.endpoint) + length(aws_sns_topic.deploy) + length(aws_cloudwatch_event_rule.deploy) + length(aws_lambda_invocation.deploy_seed) + length(aws_cloudwatch_log_group.deploy) + length(aws_sagemaker_code_repository.deploy) == 0
    error_message = "something of the deployment is made without platform.deploy"
  }
  assert {
    condition     = output.deploy == null && length(data.aws_iam_policy_document.artifacts_shared) == 0
    error_message = "neither an output nor a shared bucket"
  }
}

run "everything_is_named_after_the_project" {
  command = plan
  variables {
    platform = merge(var.platform, { product = "model-build-deploy", deploy = var.deploy })
  }

  assert {
    condition     = aws_codepipeline.deploy["deploy"].name == "ml-p-abc123-deploy" && toset([for build in aws_codebuild_project.deploy : build.name]) == toset(["ml-p-abc123-deploy-build", "ml-p-abc123-deploy-staging", "ml-p-abc123-deploy-prod"])
    error_message = "pipeline and builds"
  }
  assert {
    condition = toset([for role in concat(values(aws_iam_role.deploy), values(aws_iam_role.endpoint)) : role.name]) == toset([
      for end in ["deploy-pipeline", "deploy-start", "deploy-build", "deploy-staging", "deploy-prod", "staging-endpoint", "prod-endpoint"] : "ml-p-abc123-${end}"
    ])
    error_message = "seven roles"
  }
  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.deploy), values(aws_iam_role.endpoint)) : role.permissions_boundary == var.deploy.permissions_boundary_arn && role.path == "/sagemaker-projects/projects/"])
    error_message = "a role without the boundary of deployments"
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.deploy : group.retention_in_days == 90 && group.kms_key_id == var.platform.kms_key_arn])
    error_message = "a log group without retention or key"
  }
}

run "the_stages_are_in_order_and_each_environment_has_its_own_build" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = var.deploy })
  }

  assert {
    condition     = [for stage in aws_codepipeline.deploy["deploy"].stage : stage.name] == ["Source", "Build", "Staging", "SmokeTest", "Approval", "Production", "Verify"]
    error_message = "stages"
  }
  assert {
    condition     = [for stage in slice(aws_codepipeline.deploy["deploy"].stage, 2, 7) : try(stage.action[0].configuration.ProjectName, stage.action[0].provider)] == ["ml-p-abc123-deploy-staging", "ml-p-abc123-deploy-staging", "Manual", "ml-p-abc123-deploy-prod", "ml-p-abc123-deploy-prod"]
    error_message = "staging's build never touches production"
  }
  assert {
    condition     = [for stage in [2, 3, 5, 6] : jsondecode(aws_codepipeline.deploy["deploy"].stage[stage].action[0].configuration.EnvironmentVariables)[0].value] == ["apply", "test", "apply", "verify"]
    error_message = "steps"
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.deploy["deploy"].event_pattern).detail == { ModelPackageGroupName = ["Churn-p-abc123"], ModelApprovalStatus = ["Approved", "Rejected"] }
    error_message = "decisions about this project's models start it"
  }
  assert {
    condition     = [for stage in slice(aws_codepipeline.deploy["deploy"].stage, 0, 2) : one(stage.action[0].output_artifacts)] == ["DeploySource", "Deployment"] && length(setintersection(flatten(aws_codepipeline.build.stage[*].action[0].output_artifacts), ["DeploySource", "Deployment"])) == 0
    error_message = "both pipelines keep artifacts under the same twenty characters: the names tell them apart"
  }
  assert {
    condition     = endswith(aws_codepipeline.deploy["deploy"].stage[4].action[0].configuration.ExternalEntityLink, "dashboard/ml-p-abc123-staging-endpoint")
    error_message = "the dashboard that the deploy repository makes for every kind of endpoint"
  }
  assert {
    condition     = { for name, build in aws_codebuild_project.deploy : name => build.build_timeout } == { build = 60, staging = 150, prod = 150 }
    error_message = "a build ends after the hour that Terraform waits for an endpoint"
  }
}

run "an_approval_in_another_partition_has_no_link_to_a_console_of_this_one" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = var.deploy })
  }
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  assert {
    condition     = toset(keys(aws_codepipeline.deploy["deploy"].stage[4].action[0].configuration)) == toset(["CustomData", "NotificationArn"])
    error_message = "the console of aws-cn has another address"
  }
}

run "the_deploy_repository_is_beside_the_first_one" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = var.deploy })
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.deploy_seed["deploy"].input).repository.full_name == "example-org/churn-deploy" && jsondecode(aws_lambda_invocation.deploy_seed["deploy"].input).repository.url == "https://github.com/example-org/churn-deploy" && jsondecode(aws_lambda_invocation.deploy_seed["deploy"].input).seed.name == "model-deploy"
    error_message = "repository and seed: ${aws_lambda_invocation.deploy_seed["deploy"].input}"
  }
  assert {
    condition     = { for variable in aws_codebuild_project.deploy["staging"].environment[0].environment_variable : variable.name => variable.value if startswith(variable.name, "DEPLOY_") && variable.name != "DEPLOY_TOPIC_ARN" && variable.name != "DEPLOY_ENDPOINT_ROLE_ARN" } == { DEPLOY_PIPELINE_NAME = "ml-p-abc123-deploy", DEPLOY_ENVIRONMENT = "staging", DEPLOY_DATA_URI = "s3://ml-p-abc123-123456789012-eu-central-1/deploy/staging", DEPLOY_KMS_KEY_ARN = var.platform.kms_key_arn, DEPLOY_LOG_RETENTION_DAYS = "90" }
    error_message = "the environment of the build is a contract with the deploy repository"
  }
}

run "a_repository_of_another_name_and_archiving_of_both" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = var.deploy })
    project  = merge(var.project, { deploy_repository = "other-org/serving", git_repository = "archive" })
  }

  assert {
    condition     = aws_codepipeline.deploy["deploy"].stage[0].action[0].configuration.FullRepositoryId == "other-org/serving" && aws_lambda_function.seed.environment[0].variables.SEED_ARCHIVE_REPOSITORY == "example-org/churn other-org/serving"
    error_message = "the name of the form; both may be archived"
  }
}

run "production_in_another_account" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = merge(var.deploy, { environments = { prod = var.elsewhere } }) })
  }

  assert {
    condition     = keys(aws_iam_role.endpoint) == ["staging"] && length(data.aws_iam_policy_document.artifacts_shared) == 1
    error_message = "the endpoint role is there, the promoted models are shared"
  }
  assert {
    condition = { for variable in aws_codebuild_project.deploy["prod"].environment[0].environment_variable : variable.name => variable.value if contains(["DEPLOY_TARGET_ROLE_ARN", "DEPLOY_EXTERNAL_ID", "DEPLOY_DATA_URI", "DEPLOY_KMS_KEY_ARN", "DEPLOY_ENDPOINT_ROLE_ARN"], variable.name) } == {
      DEPLOY_TARGET_ROLE_ARN   = var.elsewhere.role_arn
      DEPLOY_EXTERNAL_ID       = "a-long-word"
      DEPLOY_DATA_URI          = "s3://target-data/p-abc123/prod"
      DEPLOY_KMS_KEY_ARN       = var.elsewhere.kms_key_arn
      DEPLOY_ENDPOINT_ROLE_ARN = var.elsewhere.endpoint_role_arn
    }
    error_message = "production's build is told of the other account"
  }
}

run "the_same_repository_twice" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = var.deploy })
    project  = merge(var.project, { deploy_repository = "example-org/Churn" })
  }
  expect_failures = [aws_lambda_invocation.deploy_seed]
}

run "a_seed_that_is_none" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = merge(var.deploy, { seed = { name = "Model", key = "x", sha256 = "y" } }) })
  }
  expect_failures = [var.platform]
}

run "a_repository_that_is_an_address" {
  command = plan
  variables {
    project = merge(var.project, { deploy_repository = "https://github.com/a/b" })
  }
  expect_failures = [var.project]
}

run "a_role_of_another_account_than_it_says" {
  command = plan
  variables {
    platform = merge(var.platform, { deploy = merge(var.deploy, { environments = { prod = merge(var.elsewhere, { account_id = "999999999999" }) } }) })
  }
  expect_failures = [var.platform]
}

variables {
  deploy = {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/sagemaker-projects-deploy-boundary"
    seed = {
      name   = "model-deploy"
      key    = "objects/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/seed-model-deploy.zip"
      sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    }
  }
  elsewhere = {
    account_id        = "444455556666"
    role_arn          = "arn:aws:iam::444455556666:role/sagemaker-projects-prod-deployment"
    external_id       = "a-long-word"
    endpoint_role_arn = "arn:aws:iam::444455556666:role/sagemaker-projects-prod-endpoint"
    data_bucket       = "target-data"
    kms_key_arn       = "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"
  }
}
