# State of every project, run records, and the releases. A state file is the only map of what a project owns: nothing but
# delete_history lets the bucket go with something in it, and that only when no project exists (guard.tf).
resource "aws_s3_bucket" "state" {
  #checkov:skip=CKV2_AWS_62:Nothing reacts to single objects; runs leave records, and CloudTrail data events cover the rest.
  #checkov:skip=CKV_AWS_144:Versions are the way back from a damaged state. A copy in another region would leave the region that was chosen for the data.
  # Never with "sagemaker" in it: AmazonSageMakerFullAccess, which most Studio roles carry, opens the objects of every
  # bucket of such a name (docs/adr/0128).
  bucket        = "${replace(var.name, "sagemaker", "ml")}-state-${local.account_id}-${local.region}"
  force_destroy = var.delete_history
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.platform.arn
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket = aws_s3_bucket.state.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "NoOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
      {
        # The organisation decides what Studio roles may do. What is written here, the runner applies: whatever their
        # policies say about buckets, these roles have no part in it.
        Sid       = "StudioUsersWriteNothing"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:PutObject*"]
        Resource  = "${aws_s3_bucket.state.arn}/*"
        Condition = { ArnEquals = { "aws:PrincipalArn" = var.studio_execution_role_arns } }
      },
      {
        # Other roles may write to all buckets of the account too. Nobody without the platform's key can write here:
        # naming another encryption is refused, and naming none means the bucket's own, which is this key.
        Sid         = "OnlyUnderThePlatformsKey"
        Effect      = "Deny"
        Principal   = "*"
        Action      = "s3:PutObject"
        NotResource = "${aws_s3_bucket.state.arn}/${local.placeholder_key}"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.platform.arn }
        }
      },
      {
        # A key of the writer's own (SSE-C) is named by other headers than those above.
        Sid       = "NoKeysOfTheWriters"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.state.arn}/*"
        Condition = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      },
    ], local.protection_statements)
  })

  # S3 answers OperationAborted when both are changed at once.
  depends_on = [aws_s3_bucket_public_access_block.state]
}

# S3 knows no deletion protection. These hold for everybody, whatever their policies allow, until an apply takes them away.
locals {
  protection_statements = [
    for denied in [
      { sid = "TheBucketStays", action = "s3:DeleteBucket", resource = aws_s3_bucket.state.arn },
      { sid = "OldStatesStay", action = "s3:DeleteObjectVersion", resource = "${aws_s3_bucket.state.arn}/projects/*" },
    ] :
    { Sid = denied.sid, Effect = "Deny", Principal = "*", Action = denied.action, Resource = denied.resource }
    if var.deletion_protection
  ]
}

# Only the guard depends on this resource: the provider waits 55 seconds after writing it (docs/adr/0011).
resource "aws_s3_bucket_lifecycle_configuration" "state" {
  count = var.state_version_retention_days == 0 ? 0 : 1

  bucket = aws_s3_bucket.state.id

  rule {
    id     = "expire-replaced-versions"
    status = "Enabled"

    filter {
      prefix = "projects/"
    }
    noncurrent_version_expiration {
      noncurrent_days = var.state_version_retention_days
    }
  }

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_s3_bucket_logging" "state" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.state.id
  target_bucket = var.access_log_bucket
  target_prefix = "${aws_s3_bucket.state.id}/"
}

resource "aws_dynamodb_table" "locks" {
  name                        = "${var.name}-locks"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "LockID"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.platform.arn
  }
}
