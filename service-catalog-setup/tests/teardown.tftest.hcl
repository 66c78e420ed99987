# Deletion of projects: the template asks the function, the function starts the build, the build's end answers in time.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.1.0"
  retained_release_dirs      = ["tests/releases/1.0.0"]
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
}

run "deletion" {
  assert {
    condition     = !strcontains(lower(aws_lambda_function.teardown.function_name), "sagemaker") && !strcontains(lower(aws_codebuild_project.teardown.name), "sagemaker")
    error_message = "AmazonSageMakerFullAccess lets Studio roles use every function and build with \"sagemaker\" in its name."
  }
  assert {
    condition     = aws_lambda_function.teardown.s3_key == jsondecode(file("tests/releases/1.1.0/release.json")).objects["lambda-teardown-project"].key
    error_message = "The function is the current release's, whatever releases the projects are on."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Resources.Teardown.Properties.ServiceTimeout >= 60 * (aws_codebuild_project.teardown.build_timeout + aws_codebuild_project.teardown.queued_timeout) + 60
    error_message = "The build ends before CloudFormation gives up."
  }
  assert {
    condition     = jsondecode(local.templates["model-build/1.0.0"]).Mappings.Platform.Teardown.Function == aws_lambda_function.teardown.arn && jsondecode(local.templates["model-build/1.0.0"]).Resources.Project.DependsOn == "Teardown"
    error_message = "The custom resource is there before the first run and asks the function."
  }
  assert {
    condition = one([
      for statement in local.teardown_function_statements : statement.Resource if contains(flatten([statement.Action]), "cloudformation:DescribeStacks")
    ]) == "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-*"
    error_message = "The function looks at the stacks of provisioned products only."
  }
  assert {
    condition     = aws_lambda_function.teardown.environment[0].variables.TEARDOWN_ANSWER_HOSTS == "s3.eu-west-1.amazonaws.com,s3-eu-west-1.amazonaws.com,s3.amazonaws.com"
    error_message = "Answers go to S3 of this region only."
  }
  assert {
    condition     = contains([for variable in aws_codebuild_project.teardown.environment[0].environment_variable : "${variable.name}=${variable.value}"], "ACTION=destroy") && strcontains(aws_codebuild_project.teardown.source[0].buildspec, "destroy | apply | plan) ;;")
    error_message = "The build does one of three things."
  }
  assert {
    condition = alltrue([
      for line in ["name=sagemaker-projects", "github_api_url=https://api.github.com", "git_repository=keep", "lock_timeout_seconds=600"] :
      contains(split("\n", local.runner_settings["model-build/1.1.0"]), line)
    ])
    error_message = "The runner is told its name, the git host's API, what becomes of repositories, and how long to wait."
  }
  assert {
    condition     = length(aws_codebuild_project.teardown.vpc_config) == 0 && !strcontains(aws_iam_role_policy.teardown_build.policy, "NetworkInterface")
    error_message = "Without a network for it, the build is in none."
  }
  assert {
    condition     = !aws_codebuild_project.teardown.environment[0].privileged_mode && aws_codebuild_project.teardown.source[0].type == "NO_SOURCE"
    error_message = "The build needs no privileges and no source."
  }
  assert {
    condition = alltrue([
      for statement in concat(local.teardown_function_statements, local.watch_statements) :
      statement.Action == "codebuild:StartBuild" && toset(keys(statement.Condition.Null)) == toset([for key in ["environment.image", "environment.privilegedMode", "serviceRole", "source.buildspec", "source.location"] : "codebuild:${key}"]) && toset(values(statement.Condition.Null)) == toset(["true"]) && contains(statement.Condition["ForAllValues:StringEquals"]["codebuild:environment.environmentVariables.name"], "PARAMETERS")
      if contains(flatten([statement.Action]), "codebuild:StartBuild")
    ])
    error_message = "Who starts the build gives it variables, and nothing else: no commands, source, image or role."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.teardown_ended.event_pattern).detail.project-name == ["ml-projects-teardown"] && toset(jsondecode(aws_cloudwatch_event_rule.teardown_ended.event_pattern).detail.build-status) == toset(["SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT"])
    error_message = "However the build ends, the function is told."
  }
  assert {
    condition     = jsondecode(aws_iam_role.teardown_build.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:codebuild:eu-west-1:111122223333:project/ml-projects-teardown"
    error_message = "Only the one build assumes its role."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.launch.policy).Statement : statement.Resource
      if statement.Action == "lambda:InvokeFunction"
    ]) == aws_lambda_function.teardown.arn
    error_message = "The launch role may ask this function, and no other."
  }
  assert {
    condition = alltrue([
      for statement in concat(local.teardown_build_statements, local.teardown_function_statements) :
      !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
    ])
    error_message = "Actions are spelled out."
  }
}

run "what_the_form_proposes" {
  variables {
    artifact_bucket_contents = "keep"
    registered_models        = "keep"
    git_repository           = "archive"
  }
  assert {
    condition     = [for name in ["ArtifactBucketContents", "RegisteredModels", "GitRepository"] : jsondecode(local.templates["model-build/1.1.0"]).Parameters[name].Default] == ["keep", "keep", "archive"]
    error_message = "The form proposes what package 1 says."
  }
  assert {
    condition     = strcontains(local.runner_settings["model-build/1.1.0"], "artifact_bucket_contents=keep\n") && strcontains(local.runner_settings["model-build/1.1.0"], "registered_models=keep\n")
    error_message = "A product whose form does not ask takes the same."
  }
}

run "a_repository_is_never_deleted" {
  command = plan
  variables {
    git_repository = "delete"
  }
  expect_failures = [var.git_repository]
}

run "models_need_their_files" {
  command = plan
  variables {
    registered_models = "keep"
  }
  expect_failures = [var.registered_models]
}
