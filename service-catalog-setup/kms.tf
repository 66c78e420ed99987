# One customer key for the account's ML projects: a key per project would cost a dollar a month each.
resource "aws_kms_key" "platform" {
  description             = "State, logs, secrets and artifacts of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = jsonencode(local.key_policy)
}

resource "aws_kms_alias" "platform" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.platform.key_id
}

locals {
  key_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        # AWS's default: IAM policies decide. In a key policy "*" is this key alone.
        Sid       = "IamDecides"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogGroupsOfThePlatformAndItsProjects"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.${local.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              "arn:${local.partition}:logs:${local.regional_arn}:log-group:/${var.name}/*",
              "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/*/${local.project_names}",
            ]
          }
        }
      },
      {
        Sid       = "RulesThatPublishToTheTopic"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        # EventBridge names neither account nor rule when it uses a topic's key (SNS developer guide, "Key management").
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:${local.partition}:sns:${local.regional_arn}:${replace(var.name, "sagemaker", "ml")}-notifications" } }
      },
    ], [for statement in local.deploy_key_statements : statement if local.deploys])
  }
}
