resource "aws_sagemaker_notebook_instance" "workbench" {
  for_each = var.instances

  name                    = "${var.name}-${each.key}"
  instance_type           = each.value.instance_type
  volume_size             = each.value.volume_gb
  platform_identifier     = var.platform
  role_arn                = aws_iam_role.notebooks.arn
  kms_key_id              = var.kms_key_arn
  subnet_id               = var.network.subnet_ids[each.value.subnet]
  security_groups         = var.network.security_group_ids
  direct_internet_access  = "Disabled"
  root_access             = "Disabled" # lifecycle scripts run as root all the same
  lifecycle_config_name   = aws_sagemaker_notebook_instance_lifecycle_configuration.workbench.name
  default_code_repository = one(aws_sagemaker_code_repository.code[*].code_repository_name)

  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }

  # The first start copies notebooks as the role.
  depends_on = [aws_iam_role_policy.notebooks, aws_iam_role_policy_attachment.notebooks]
}

resource "aws_sagemaker_code_repository" "code" {
  count = var.code_repository == null ? 0 : 1

  code_repository_name = "${var.name}-notebooks"

  git_config {
    repository_url = var.code_repository.url
    branch         = var.code_repository.branch
    secret_arn     = one(data.aws_secretsmanager_secret.git[*].arn)
  }
}

# By its name: no ARN of a secret stands in code, and its value never passes through Terraform.
data "aws_secretsmanager_secret" "git" {
  count = try(var.code_repository.secret_name, null) == null ? 0 : 1

  name = var.code_repository.secret_name
}

locals {
  on_start = templatefile("${path.module}/scripts/on-start.sh.tftpl", {
    prepare      = filebase64("${path.module}/scripts/prepare_notebooks.py")
    idle         = filebase64("${path.module}/scripts/stop_when_idle.py")
    placeholders = base64encode(jsonencode(try(var.notebooks.placeholders, {})))
    source       = try("s3://${var.notebooks.bucket}/${var.notebooks.prefix}", "")
    folder       = try(var.notebooks.folder, "")
    idle_seconds = var.idle_timeout_minutes * 60
  })
}

resource "aws_sagemaker_notebook_instance_lifecycle_configuration" "workbench" {
  name     = "${var.name}-workbench"
  on_start = base64encode(local.on_start)

  lifecycle {
    precondition {
      condition     = length(base64encode(local.on_start)) <= 16384
      error_message = "The start script exceeds SageMaker's 16,384 characters: give notebooks.placeholders fewer or shorter values."
    }
  }
}
