# The seed function: reads one archive and one secret, and remembers its own requests. Nothing else is its to change.
data "aws_iam_policy_document" "seed_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    # No aws:SourceArn here: AWS documents none for the role that Lambda assumes for a function.
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "seed" {
  source_policy_documents = data.aws_iam_policy_document.network[*].json

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.seed_log_arn}:*"]
  }

  statement {
    sid       = "ReadSeed"
    actions   = ["s3:GetObject"]
    resources = [for key in local.seed_keys : "arn:${local.partition}:s3:::${var.platform.object_bucket}/${key}"]
  }

  statement {
    sid       = "ReadSeedKey"
    actions   = ["kms:Decrypt"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.${local.dns_suffix}"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values = concat(
        ["arn:${local.partition}:s3:::${var.platform.object_bucket}"],
        [for key in local.seed_keys : "arn:${local.partition}:s3:::${var.platform.object_bucket}/${key}"],
      )
    }
  }

  statement {
    sid       = "ReadToken"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.platform.github.secret_arn]
  }

  statement {
    sid       = "ReadTokenKey"
    actions   = ["kms:Decrypt"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.${local.dns_suffix}"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:SecretARN"
      values   = [var.platform.github.secret_arn]
    }
  }

  # Of the table that all projects share, the items under this function's own name.
  dynamic "statement" {
    for_each = var.platform.seed_requests_table[*]

    content {
      sid       = "RememberRequests"
      actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = ["arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${statement.value}"]

      condition {
        test     = "ForAllValues:StringEquals"
        variable = "dynamodb:LeadingKeys"
        values   = [local.seed_name]
      }
    }
  }

  dynamic "statement" {
    for_each = var.platform.seed_requests_table[*]

    content {
      sid       = "RememberRequestsKey"
      actions   = ["kms:Decrypt"]
      resources = [var.platform.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${local.region}.${local.dns_suffix}"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:dynamodb:tableName"
        values   = [statement.value]
      }
    }
  }

  statement {
    sid     = "Trace"
    actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    # Any resource: X-Ray knows no resource-level permissions for sending traces.
    resources = ["*"]
  }
}

locals {
  seed_keys = concat([var.platform.seed.key], [for seed in try([var.platform.deploy.seed], []) : seed.key])
}

resource "aws_iam_role" "seed" {
  name                 = "${local.prefix}-seed"
  path                 = var.platform.role_path
  description          = "Seed function of the SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.seed_trust.json
  permissions_boundary = var.platform.permissions_boundary_arn
}

resource "aws_iam_role_policy" "seed" {
  name   = "seed"
  role   = aws_iam_role.seed.name
  policy = data.aws_iam_policy_document.seed.json
}
