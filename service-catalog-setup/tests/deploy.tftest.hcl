# A product that deploys beside one that does not: what it adds, and that the first one has nothing of it.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/3.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/service-role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
}

run "only_the_first_product" {
  assert {
    condition     = length(aws_iam_policy.deploy_boundary) + length(aws_iam_policy.runner_deploy) + length(aws_iam_role_policy.teardown_deploy) + length(aws_cloudwatch_log_group.jobs) == 0
    error_message = "nothing of deployments is made for a product that does not deploy"
  }
  assert {
    condition     = !can(jsondecode(local.platform_settings["model-build/3.0.0"]).platform.deploy) && !strcontains(local.runner_settings["model-build/3.0.0"], "deploy") && length(jsondecode(aws_kms_key.platform.policy).Statement) == 3
    error_message = "neither its settings, nor the runner's, nor the key's policy know of deployments"
  }
}

run "a_second_product_that_deploys" {
  variables {
    products       = { model-build = {}, model-build-deploy = {} }
    job_log_groups = true
  }

  assert {
    condition     = !strcontains(join("", [local.platform_settings["model-build/3.0.0"], local.runner_settings["model-build/3.0.0"], local.templates["model-build/3.0.0"]]), "deploy")
    error_message = "beside the second product, the first one still knows nothing of deployments"
  }
  assert {
    condition     = jsondecode(local.platform_settings["model-build-deploy/3.0.0"]).platform.deploy.seed.name == "model-deploy" && jsondecode(local.platform_settings["model-build-deploy/3.0.0"]).platform.seed.name == "model-build" && strcontains(local.runner_settings["model-build-deploy/3.0.0"], "deploys=true\n")
    error_message = "the second product has both seeds, and its deletion knows that it deploys"
  }
  assert {
    condition     = length(aws_iam_policy.deploy_boundary["deploy"].policy) <= 6144 && length(aws_iam_policy.runner_deploy["deploy"].policy) <= 6144
    error_message = "a managed policy has 6,144 characters"
  }
  assert {
    condition     = !strcontains(aws_iam_policy.deploy_boundary["deploy"].policy, "secretsmanager") && strcontains(aws_iam_policy.deploy_boundary["deploy"].policy, "endpoint/ml-p-*-prod-*")
    error_message = "no credential of the git host in the boundary; hosting is limited by names"
  }
  assert {
    condition = length([
      for statement in jsondecode(aws_iam_policy.deploy_boundary["deploy"].policy).Statement : statement
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "application-autoscaling:") && !startswith(action, "application-autoscaling:Describe")])
      && try(merge(values(statement.Condition)...)["application-autoscaling:service-namespace"], "") != "sagemaker"
    ]) == 0
    error_message = "only SageMaker's targets are scaled"
  }
  assert {
    condition     = jsondecode(aws_iam_policy.runner_deploy["deploy"].policy).Statement[0].Condition.ArnEquals["iam:PermissionsBoundary"] == aws_iam_policy.deploy_boundary["deploy"].arn
    error_message = "roles of deployments are made under their boundary only"
  }
  assert {
    condition     = keys(aws_cloudwatch_log_group.jobs) == ["ProcessingJobs", "TrainingJobs", "TransformJobs"] && alltrue([for group in aws_cloudwatch_log_group.jobs : group.retention_in_days == 90])
    error_message = "job logs with retention"
  }
}

run "an_older_release_does_not_deploy" {
  command = plan
  variables {
    release_dir = "tests/releases/1.0.0"
    products    = { model-build = {}, model-build-deploy = {} }
  }
  expect_failures = [aws_servicecatalog_product.project]
}

run "environments_that_are_malformed" {
  command = plan
  variables {
    environments = { prod = { account_id = "1", role_arn = "x", external_id = "y", endpoint_role_arn = "z", data_bucket = "B", kms_key_arn = "k" } }
  }
  expect_failures = [var.environments]
}
