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
}

variables {
  name = "team"
}

run "only_this_accounts_log_groups_may_use_it" {
  command = plan
  assert {
    condition     = aws_kms_key.foundation.enable_key_rotation
    error_message = "The key rotates."
  }
  assert {
    condition     = alltrue([for arn in jsondecode(aws_kms_key.foundation.policy).Statement[1].Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"] : startswith(arn, "arn:aws:logs:eu-west-1:111122223333:log-group:/")])
    error_message = "CloudWatch Logs may use the key for named groups of this account and region."
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.deletion_window_in_days]
  variables {
    name                    = "x"
    deletion_window_in_days = 3
  }
}
