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

  # SageMaker cannot change these, and another instance would begin with an empty volume: whoever wants them to be those of today
  # replaces the instance on purpose (README).
  lifecycle {
    ignore_changes = [subnet_id, security_groups, kms_key_id, platform_identifier]
  }
}

resource "aws_sagemaker_code_repository" "code" {
  count = var.code_repository == null ? 0 : 1

  code_repository_name = "${var.name}-notebooks"

  git_config {
    repository_url = var.code_repository.url
    branch         = var.code_repository.branch
    secret_arn     = one(local.secret_arns)
  }

  lifecycle {
    precondition {
      condition     = length(local.secret_arns) == length(local.secret_names)
      error_message = "Secrets Manager has no secret ${join("", local.secret_names)} in this account and region. Create it, or correct code_repository.secret_name."
    }
  }
}

# By its name: no ARN of a secret stands in code, and its value never passes through Terraform. A list, because one secret that is
# gone would end every plan, that of a destruction too.
data "aws_secretsmanager_secrets" "git" {
  for_each = local.secret_names

  filter {
    name   = "name"
    values = [each.value]
  }
}

locals {
  secret_names = toset(compact([try(var.code_repository.secret_name, null)]))
  # The filter takes every secret whose name begins so; an ARN ends with the name, a dash and six characters.
  secret_arns = toset(flatten([
    for name, found in data.aws_secretsmanager_secrets.git : [
      for arn in found.arns : arn if endswith(substr(arn, 0, length(arn) - 7), ":secret:${name}")
    ]
  ]))

  on_start = templatefile("${path.module}/scripts/on-start.sh.tftpl", {
    prepare      = filebase64("${path.module}/scripts/prepare_notebooks.py")
    idle         = filebase64("${path.module}/scripts/stop_when_idle.py")
    placeholders = base64encode(jsonencode(try(var.notebooks.placeholders, {})))
    source       = try("s3://${var.notebooks.bucket}/${var.notebooks.prefix}", "")
    folder       = try(var.notebooks.folder, "")
    region       = local.region
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
