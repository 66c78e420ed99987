# Who may come in, as whom, and how far. No credentials, no network.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "444455556666" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::444455556666:role/mock" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::444455556666:policy/mock" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555555" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::data" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:444455556666:alarms" }
  }
}

variables {
  environment = "prod"
  external_id = "a-long-word"
  platform    = { account_id = "111122223333", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

run "who_may_come_in" {
  command = plan

  assert {
    condition = one([for statement in jsondecode(aws_iam_role.deployment.assume_role_policy).Statement : statement.Condition if statement.Sid == "Deployments"]) == {
      ArnLike                     = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/sagemaker-projects/projects/ml-p-*-deploy-prod" }
      StringEquals                = { "aws:RequestTag/sagemaker:project-id" = "$${aws:PrincipalTag/sagemaker:project-id}", "sts:ExternalId" = "a-long-word" }
      "ForAllValues:StringEquals" = { "aws:TagKeys" = ["sagemaker:project-id"] }
    }
    error_message = "only the deployment to production, tagged as its own project, with the word"
  }
  assert {
    condition     = one([for statement in jsondecode(aws_iam_role.deployment.assume_role_policy).Statement : statement.Condition if statement.Sid == "Deletion"]).ArnEquals["aws:PrincipalArn"] == "arn:aws:iam::111122223333:role/ml-projects-teardown-build"
    error_message = "and the platform's deletion"
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role.deployment.assume_role_policy).Statement : statement.Condition.StringEquals["sts:ExternalId"] == "a-long-word" if statement.Action == "sts:AssumeRole"])
    error_message = "whoever comes in says the word"
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role.deployment.assume_role_policy).Statement : statement.Condition if contains(flatten([statement.Action]), "sts:TagSession")] == [{
      ArnLike = { "aws:PrincipalArn" = [
        "arn:aws:iam::111122223333:role/sagemaker-projects/projects/ml-p-*-deploy-prod", "arn:aws:iam::111122223333:role/ml-projects-teardown-build",
      ] }
      StringLike                  = { "aws:RequestTag/sagemaker:project-id" = "p-*" }
      "ForAllValues:StringEquals" = { "aws:TagKeys" = ["sagemaker:project-id"] }
    }]
    error_message = "the same two give a session a project's id, and no other tag; a request about tags knows no external id"
  }
}

run "how_far" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.deployment.policy).Statement : alltrue([
        for resource in flatten([statement.Resource]) : !startswith(resource, "arn:aws:sagemaker:") || strcontains(resource, "/ml-$${aws:PrincipalTag/sagemaker:project-id}-prod-*")
      ])
    ])
    error_message = "everything of SageMaker is limited to the session's project and the environment"
  }
  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.deployment.policy).Statement : statement if statement.Sid == "ContainersWithoutNetwork"]).Condition.Bool["sagemaker:NetworkIsolation"] == "true" && alltrue([for action in ["sagemaker:CreateModel", "sagemaker:CreateDataQualityJobDefinition"] : [for statement in jsondecode(aws_iam_role_policy.deployment.policy).Statement : statement.Sid if contains(flatten([statement.Action]), action)] == ["ContainersWithoutNetwork"]])
    error_message = "containers share a role, so none gets a network"
  }
  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.endpoint.policy).Statement : statement if statement.Sid == "ReadPromotedModels"]).Resource == "arn:aws:s3:::ml-p-*/deploy/models/*"
    error_message = "only promoted models are read"
  }
  assert {
    condition     = length(replace(replace(jsonencode(jsondecode(aws_iam_role_policy.deployment.policy)), " ", ""), "\n", "")) <= 10240
    error_message = "inline policies of a role have 10,240 characters"
  }
  assert {
    condition     = aws_iam_role.deployment.permissions_boundary == aws_iam_policy.boundary.arn && aws_iam_role.endpoint.permissions_boundary == aws_iam_policy.boundary.arn
    error_message = "no role without the boundary"
  }
}

run "data_is_safe_on_its_way_and_where_it_lies" {
  command = plan

  assert {
    condition = alltrue([
      for document in [aws_iam_role_policy.deployment.policy, aws_iam_role_policy.endpoint.policy] : alltrue([
        for statement in jsondecode(document).Statement : statement.Condition.StringEquals["kms:ViaService"] == ["s3.eu-west-1.amazonaws.com", "sns.eu-west-1.amazonaws.com"]
        if contains(flatten([statement.Action]), "kms:Decrypt") && statement.Resource == aws_kms_key.target.arn
      ])
    ])
    error_message = "the key opens data through services only"
  }
  assert {
    condition = {
      for statement in jsondecode(aws_s3_bucket_policy.data.policy).Statement : statement.Sid => statement.Condition if statement.Effect == "Deny" && statement.Principal == "*"
      } == {
      TlsOnly            = { Bool = { "aws:SecureTransport" = "false" } }
      NoOutdatedTls      = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      NoKeysOfTheWriters = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      OnlyUnderTheKey = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.target.arn }
      }
    }
    error_message = "over TLS, and under this account's key"
  }
  assert {
    condition     = one([for statement in jsondecode(aws_sns_topic_policy.alarms.policy).Statement : statement if statement.Sid == "TlsOnly"]).Condition.Bool["aws:SecureTransport"] == "false" && one([for statement in jsondecode(aws_sns_topic_policy.alarms.policy).Statement : statement if statement.Sid == "TlsOnly"]).Effect == "Deny"
    error_message = "nobody publishes in plain text"
  }
}

run "one_project_does_not_reach_another" {
  command = plan

  assert {
    # What is limited to the session's project neither by its names nor by a condition; README.md says what the role that is
    # passed on leaves open.
    condition = toset([
      for statement in jsondecode(aws_iam_role_policy.deployment.policy).Statement : statement.Sid
      if !alltrue([for resource in flatten([statement.Resource]) : strcontains(resource, "$${aws:PrincipalTag/sagemaker:project-id}")]) && !strcontains(jsonencode(try(statement.Condition, {})), "$${aws:PrincipalTag/sagemaker:project-id}")
    ]) == toset(["Look", "PassEndpointRole", "RoleOfAutoscaling", "UseTheKey", "DescribeTheKey", "GrantVolumeKey"])
    error_message = "a permission that reaches what belongs to another project"
  }
}

run "only_models_are_scaled" {
  command = plan

  assert {
    condition = alltrue([
      for statement in concat(local.deployment_statements, jsondecode(aws_iam_policy.boundary.policy).Statement) : statement.Condition.StringEqualsIfExists["application-autoscaling:service-namespace"] == "sagemaker"
      if contains(["Autoscaling", "RegisterForAutoscaling"], statement.Sid)
    ])
    error_message = "a target of another service without tags could be taken, and then scaled"
  }
  assert {
    condition     = !strcontains(aws_iam_policy.boundary.policy, "application-autoscaling:*") && length(aws_iam_policy.boundary.policy) <= 6144
    error_message = "not even the boundary lets every action of autoscaling through"
  }
}

run "in_one_organization" {
  command = plan
  variables {
    organization_id = "o-abcdefghijabcdefghijabcdefghij12"
    external_id     = join("", [for number in range(32) : "word"])
    environment     = "staging"
    platform        = { account_id = "111122223333", name = "the-longest-name-allowed", kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
    job_log_groups  = true
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role.deployment.assume_role_policy).Statement : statement.Condition.StringEquals["aws:PrincipalOrgID"] == "o-abcdefghijabcdefghijabcdefghij12"])
    error_message = "the organization is asked for everywhere"
  }
  assert {
    condition     = length(jsonencode(jsondecode(aws_iam_role.deployment.assume_role_policy))) <= 2048
    error_message = "a trust policy has 2,048 characters"
  }
  assert {
    condition     = length(aws_cloudwatch_log_group.jobs) == 2 && alltrue([for group in aws_cloudwatch_log_group.jobs : group.retention_in_days == 90])
    error_message = "job logs with retention"
  }
}

run "what_is_malformed" {
  command = plan
  variables {
    environment     = "test"
    external_id     = "short"
    organization_id = "my-org"
    platform        = { account_id = "1", kms_key_arn = "alias/x" }
  }
  expect_failures = [var.environment, var.external_id, var.organization_id, var.platform]
}
