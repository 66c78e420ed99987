# Log groups with retention and key, and a clean-up that may do no more than it is told to.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/team-clean-up" }
  }
  mock_resource "aws_ssm_document" {
    defaults = { arn = "arn:aws:ssm:eu-west-1:111122223333:document/team-clean-up" }
  }
}

variables {
  name        = "team"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "it_reports_and_may_only_look" {
  assert {
    condition     = contains(output.log_group_names, "/aws/sagemaker/TrainingJobs") && alltrue([for group in aws_cloudwatch_log_group.sagemaker : group.retention_in_days == 90 && group.kms_key_id == var.kms_key_arn])
    error_message = "SageMaker's groups have retention and key."
  }
  assert {
    condition     = jsondecode(aws_ssm_document.clean_up["team-clean-up"].content).mainSteps[0].inputs.InputPayload.mode == "report"
    error_message = "Nothing is deleted unless asked for."
  }
  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_role_policy.clean_up["team-clean-up"].policy).Statement : anytrue([for action in flatten([statement.Action]) : strcontains(action, "Delete") || strcontains(action, "Put")])])
    error_message = "While it reports it may only look."
  }
  assert {
    condition     = aws_cloudwatch_event_target.clean_up["team-clean-up"].arn == "arn:aws:ssm:eu-west-1:111122223333:automation-definition/team-clean-up:$DEFAULT"
    error_message = "The schedule starts the automation."
  }
}

run "it_deletes_where_it_was_told" {
  variables {
    endpoint_names = ["churn-production"]
    log_groups     = []
    clean_up       = { mode = "delete", outputs = { models = { bucket = "team-data", prefix = "models/" } } }
  }
  assert {
    condition     = one(output.log_group_names) == "/aws/sagemaker/Endpoints/churn-production"
    error_message = "An endpoint's group is owned when it is named."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.clean_up["team-clean-up"].policy).Statement : jsonencode(statement.Resource) if contains(flatten([statement.Action]), "s3:DeleteObject")] == [jsonencode(["arn:aws:s3:::team-data/models/*"])]
    error_message = "Only named outputs may be deleted."
  }
}

run "it_keeps_what_is_owned" {
  command = plan
  variables {
    endpoint_names = ["churn-production"]
    log_groups     = ["TrainingJobs"]
  }
  assert {
    condition     = jsonencode(local.arguments.kept_log_groups) == jsonencode(["/aws/sagemaker/TrainingJobs", "/aws/sagemaker/Endpoints/churn-production"])
    error_message = "The clean-up must not delete what this module makes."
  }
}

run "no_clean_up" {
  variables {
    clean_up = null
  }
  assert {
    condition     = output.clean_up_document == null && length(aws_iam_role.clean_up) + length(aws_iam_role.schedule) == 0
    error_message = "Without a clean-up there is neither automation nor role."
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.kms_key_arn, var.log_groups, var.endpoint_names, var.retention_days, var.clean_up]
  variables {
    name           = "T"
    kms_key_arn    = "alias/team"
    log_groups     = ["Endpoints"]
    endpoint_names = ["a/b"]
    retention_days = 42
    clean_up       = { mode = "burn", schedule = "daily", older_than_days = 0, outputs = { all = { bucket = "team-data", prefix = "*" } } }
  }
}
