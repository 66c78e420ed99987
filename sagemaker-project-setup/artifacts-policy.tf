data "aws_iam_policy_document" "artifacts_bucket" {
  source_policy_documents = concat(
    data.aws_iam_policy_document.artifacts_shared[*].json,
    [for document in data.aws_iam_policy_document.artifacts_deployed : document.json],
  )

  statement {
    sid       = "DenyPlainText"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.artifacts_arn, "${local.artifacts_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "DenyOutdatedTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.artifacts_arn, "${local.artifacts_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:TlsVersion"
      values   = ["1.2"]
    }
  }

  # Naming no encryption means the bucket's own, which is this key: whoever may not use it, cannot write.
  statement {
    sid       = "OnlyUnderThePlatformsKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.artifacts_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [var.platform.kms_key_arn]
    }
  }

  # A key of the writer's own (SSE-C) is named by other headers than those above.
  statement {
    sid       = "NoKeysOfTheWriters"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.artifacts_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-customer-algorithm"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  policy = data.aws_iam_policy_document.artifacts_bucket.json

  # S3 refuses two changes of a bucket's access settings at the same moment (OperationAborted).
  depends_on = [aws_s3_bucket_public_access_block.artifacts]
}
