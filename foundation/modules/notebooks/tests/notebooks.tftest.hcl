# Instances that are closed, start with notebooks, and stop by themselves.
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
  mock_data "aws_secretsmanager_secrets" {
    defaults = {
      arns = [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/git-AbCdEf",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/git-other-AbCdEf",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/github-AbCdEf",
      ]
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/team-notebooks" }
  }
}

variables {
  name        = "team"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  network     = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
  instances   = { ada = {} }
}

run "everything" {
  variables {
    instances       = { ada = {}, grace = { instance_type = "ml.m5.xlarge", volume_gb = 50, subnet = 1 } }
    code_repository = { url = "https://github.com/example-org/analysis.git", secret_name = "team/git" }
    notebooks       = { bucket = "team-raw-111122223333-eu-west-1", prefix = "notebooks/", placeholders = { BUCKET = "b'\"; reboot" } }
  }
  assert {
    condition     = alltrue([for instance in aws_sagemaker_notebook_instance.workbench : instance.direct_internet_access == "Disabled" && instance.root_access == "Disabled" && instance.kms_key_id == var.kms_key_arn])
    error_message = "No internet of their own, no root, encrypted volumes."
  }
  assert {
    condition     = aws_sagemaker_code_repository.code[0].git_config[0].secret_arn == "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/git-AbCdEf"
    error_message = "The secret's ARN is looked up by its name, and by no other that begins so."
  }
  assert {
    condition     = strcontains(local.on_start, "--region 'eu-west-1'") && strcontains(base64decode(aws_sagemaker_notebook_instance_lifecycle_configuration.workbench.on_start), "'s3://team-raw-111122223333-eu-west-1/notebooks/'") && strcontains(local.on_start, "stop_when_idle.py\" 3600")
    error_message = "The start script copies the notebooks and watches for idleness."
  }
  assert {
    condition     = !strcontains(local.on_start, "reboot")
    error_message = "A value never stands in the script as text."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.notebooks.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")] == ["DescribeNetwork"]
    error_message = "Only what AWS cannot narrow down may name every resource."
  }
}

run "another_network_key_and_platform_keep_the_volume" {
  variables {
    instances   = { ada = {}, grace = { instance_type = "ml.m5.xlarge", volume_gb = 50, subnet = 1 } }
    kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555"
    network     = { vpc_id = "vpc-2", subnet_ids = ["subnet-8", "subnet-9"], security_group_ids = ["sg-9"] }
    platform    = "notebook-al2-v2"
  }
  assert {
    condition     = aws_sagemaker_notebook_instance.workbench["ada"].subnet_id == "subnet-1" && endswith(aws_sagemaker_notebook_instance.workbench["ada"].kms_key_id, "key/11111111-2222-3333-4444-555555555555") && one(aws_sagemaker_notebook_instance.workbench["ada"].security_groups) == "sg-1" && aws_sagemaker_notebook_instance.workbench["ada"].platform_identifier == "notebook-al2-v3"
    error_message = "An instance is not replaced by a change of what it stands in."
  }
}

run "neither_repository_nor_notebooks_nor_idle_stop" {
  variables {
    idle_timeout_minutes = 0
  }
  assert {
    condition     = length(aws_sagemaker_code_repository.code) == 0 && !strcontains(local.on_start, "aws s3") && !strcontains(local.on_start, "systemd-run")
    error_message = "Nothing is copied, opened or watched unless asked for."
  }
  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_role_policy.notebooks.policy).Statement : contains(["ReadNotebooks", "GitCredentials"], statement.Sid)])
    error_message = "What is not used is not allowed."
  }
}

run "a_secret_that_is_not_there" {
  command = plan
  variables {
    code_repository = { url = "https://github.com/example-org/analysis.git", secret_name = "team/gone" }
  }
  expect_failures = [aws_sagemaker_code_repository.code]
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.kms_key_arn, var.instances, var.platform, var.code_repository, var.notebooks, var.policy_arns, var.idle_timeout_minutes]
  variables {
    name                 = "T"
    kms_key_arn          = "alias/team"
    instances            = { "Ada Lovelace" = { instance_type = "t3.medium", subnet = 7 } }
    platform             = "notebook-al1-v1"
    code_repository      = { url = "git@github.com:x/y.git", secret_name = "arn:aws:secretsmanager:x" }
    notebooks            = { bucket = "b", prefix = "/x", placeholders = { "a b" = "c" } }
    policy_arns          = { full = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess" }
    idle_timeout_minutes = 5
  }
}
