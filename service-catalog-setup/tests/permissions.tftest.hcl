# What the roles may do: nothing broad, names of projects only, and never around the boundary.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
  teardown_network           = { vpc_id = "vpc-2", subnet_ids = ["subnet-2"], security_group_ids = ["sg-2"] }
  network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
}

run "permissions" {
  # Policies fit and are narrow.
  assert {
    condition     = alltrue([for policy in concat(values(aws_iam_policy.runner), [aws_iam_policy.project_boundary]) : length(policy.policy) <= 6144])
    error_message = "A managed policy has at most 6,144 characters."
  }
  assert {
    condition     = alltrue([for policy in [aws_iam_role_policy.launch, aws_iam_role_policy.command_runner] : length(policy.policy) <= 10240])
    error_message = "The inline policies of a role have at most 10,240 characters."
  }
  assert {
    condition = alltrue([
      for statement in flatten([for document in concat(
        [for policy in values(aws_iam_policy.runner) : policy.policy],
        [aws_iam_policy.project_boundary.policy, aws_iam_role_policy.launch.policy, aws_iam_role_policy.command_runner.policy],
      ) : jsondecode(document).Statement]) :
      !contains(flatten([statement.Action]), "*") && !(anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")]) && contains(flatten([statement.Resource]), "*"))
    ])
    error_message = "No statement may combine a wildcard action with all resources."
  }
  assert {
    condition = alltrue([
      for statement in flatten([for policy in values(aws_iam_policy.runner) : jsondecode(policy.policy).Statement]) :
      !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
    ])
    error_message = "The runner's actions are spelled out."
  }

  # The runner stays within projects.
  assert {
    condition = alltrue([
      for statement in flatten([for policy in values(aws_iam_policy.runner) : jsondecode(policy.policy).Statement]) :
      alltrue([for resource in flatten([statement.Resource]) : !strcontains(resource, ":s3:::") || strcontains(resource, ":s3:::ml-p-*") || statement.Sid == "SeeWhetherAStateExists" || endswith(resource, "/projects/*") || endswith(resource, "/objects/*")])
    ])
    error_message = "In S3 the runner reaches only projects' buckets, the projects' state and the releases."
  }
  assert {
    condition     = !can(regex("^ml-p-.*$", aws_s3_bucket.state.bucket)) && !can(regex("^ml-p-.*$", var.name))
    error_message = "The platform's own names must not match the projects' pattern."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.runner["iam"].policy).Statement :
      statement.Effect == "Deny" || statement.Action == "iam:GetRole" || statement.Resource == "arn:aws:iam::111122223333:role/sagemaker-projects/projects/ml-p-*"
    ])
    error_message = "The runner manages only roles under the projects' path; it may look for others of such names."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.runner["iam"].policy).Statement :
      try(statement.Condition.ArnEquals["iam:PermissionsBoundary"], "") == aws_iam_policy.project_boundary.arn
      if statement.Effect == "Allow" && length(setintersection(flatten([statement.Action]), ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])) > 0
    ])
    error_message = "Roles are created and given permissions only under the boundary."
  }
  assert {
    condition = length([
      for statement in flatten([for policy in values(aws_iam_policy.runner) : jsondecode(policy.policy).Statement]) : statement
      if statement.Effect == "Allow" && length(setintersection(flatten([statement.Action]), [
        "iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:CreateUser", "iam:CreateAccessKey",
        "secretsmanager:GetSecretValue", "sts:AssumeRole", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "s3:PutBucketAcl",
      ])) > 0
    ]) == 0
    error_message = "The runner can neither leave the boundary nor read the GitHub credential."
  }
  assert {
    condition = alltrue([
      for statement in flatten([for policy in values(aws_iam_policy.runner) : jsondecode(policy.policy).Statement]) :
      join(" ", sort(statement.Condition.StringEquals["iam:PassedToService"])) == "codebuild.amazonaws.com codepipeline.amazonaws.com lambda.amazonaws.com"
      if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "Roles are passed only to the services that use them."
  }
  assert {
    condition     = jsondecode(aws_iam_policy.runner["state"].policy).Statement[3].Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == "${aws_s3_bucket.state.id}/projects/*"
    error_message = "The runner locks projects only."
  }
  assert {
    condition = alltrue([
      for statement in flatten([for policy in values(aws_iam_policy.runner) : jsondecode(policy.policy).Statement]) :
      statement.Condition["ForAllValues:StringEquals"]["events:source"] == "sagemaker-projects" && statement.Condition.Null["events:source"] == "false" && endswith(statement.Resource, ":event-bus/default")
      if contains(flatten([statement.Action]), "events:PutEvents")
    ])
    error_message = "The runner speaks in its own name only, on the account's own bus."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_policy.runner["state"].policy).Statement : statement.Resource
      if statement.Action == "codebuild:BatchGetBuilds"
    ]) == "arn:aws:codebuild:eu-west-1:111122223333:project/ml-projects-teardown"
    error_message = "The runner asks after builds of the deletion, and no others."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.runner.policy).Statement : statement if statement.Effect == "Deny" && statement.Action == "*" && statement.Resource == "*"] == jsondecode(aws_iam_role_policy.runner.policy).Statement && jsondecode(aws_iam_role_policy.runner.policy).Statement[0].Condition == {
      NumericLessThan = { "ec2:RoleDelivery" = "2.0" }
    }
    error_message = "Credentials that the first metadata service gave away are good for nothing."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_policy.runner["services"].policy).Statement : statement.Condition if contains(flatten([statement.Action]), "codebuild:CreateProject")
      ]) == {
      BoolIfExists         = { "codebuild:environment.privilegedMode" = "false" }
      StringEqualsIfExists = { "codebuild:encryptionKey" = aws_kms_key.platform.arn }
    }
    error_message = "The runner makes builds without privileges on their machine, under the platform's key."
  }

  assert {
    condition     = aws_codebuild_project.teardown.vpc_config[0].vpc_id == "vpc-2" && one([for statement in jsondecode(aws_iam_role_policy.teardown_build.policy).Statement : statement.Condition if statement.Sid == "LendNetworkInterfaces"]) == { ArnEquals = { "ec2:Subnet" = ["arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-2"] }, StringEquals = { "ec2:AuthorizedService" = "codebuild.amazonaws.com" } }
    error_message = "The build runs in the network that is given for it, and lends interfaces there to CodeBuild only."
  }

  # The boundary bounds.
  assert {
    condition = length([
      for statement in jsondecode(aws_iam_policy.project_boundary.policy).Statement : statement
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "iam:") && !contains(["iam:PassRole", "iam:GetRole"], action)])
    ]) == 0
    error_message = "A project's role manages no roles."
  }
  assert {
    condition     = !strcontains(aws_iam_policy.project_boundary.policy, "${aws_s3_bucket.state.arn}/projects") && !strcontains(aws_iam_policy.project_boundary.policy, "${aws_s3_bucket.state.arn}/*")
    error_message = "A project's role never reaches any state."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.project_boundary.policy).Statement :
      contains(["Telemetry", "DescribeNetworks"], statement.Sid) if contains(flatten([statement.Resource]), "*")
    ])
    error_message = "Only actions that know no resources may have all of them."
  }

  assert {
    condition = alltrue([
      for resource in flatten([for statement in jsondecode(aws_iam_policy.project_boundary.policy).Statement : statement.Resource if statement.Sid == "SageMaker"]) :
      endswith(resource, "/*-p-*") || endswith(resource, "/pipelines-*")
    ])
    error_message = "An id is a word of its own: shop-payments is no project's."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.command_runner.policy, "Ingress")
    error_message = "The CommandRunner's group lets nothing in."
  }

  # Trust is narrow.
  assert {
    condition     = jsondecode(aws_iam_role.command_runner.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333" && strcontains(jsondecode(aws_iam_role.command_runner.assume_role_policy).Statement[0].Condition.StringLike["aws:SourceArn"], "type/resource/AWSUtility-CloudFormation-CommandRunner/")
    error_message = "Only this account's CommandRunner type assumes its execution role."
  }
  # Nothing is known of a source for the log's role: it can write a log, and nothing else.
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.command_runner_log.policy).Statement : alltrue([for action in statement.Action : startswith(action, "logs:") || action == "cloudwatch:PutMetricData"])])
    error_message = "The role of the type's log writes logs and metrics only."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.command_runner.policy, "logs:") && strcontains(output.next_steps, "LogRoleArn=${aws_iam_role.command_runner_log.arn}")
    error_message = "The type logs with a role of its own."
  }
  assert {
    condition     = join(" ", [for role in [aws_iam_role.launch, aws_iam_role.runner] : jsondecode(role.assume_role_policy).Statement[0].Principal.Service]) == "servicecatalog.amazonaws.com ec2.amazonaws.com"
    error_message = "Each role is assumed by one service."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.command_runner.policy).Statement :
      statement.Resource == aws_iam_role.runner.arn && statement.Condition.StringEquals["iam:PassedToService"] == "ec2.amazonaws.com"
      if statement.Action == "iam:PassRole"
    ])
    error_message = "The CommandRunner passes the runner role to EC2, and no other."
  }
}
