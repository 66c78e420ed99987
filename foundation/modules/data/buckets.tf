locals {
  # Where each area lies: a bucket of its own, or a prefix of the one bucket.
  buckets = var.one_bucket ? toset(["data"]) : toset(keys(var.areas))
  areas = {
    for area in keys(var.areas) : area => {
      bucket = aws_s3_bucket.data[var.one_bucket ? "data" : area]
      prefix = var.one_bucket ? "${area}/" : ""
    }
  }
}

resource "aws_s3_bucket" "data" {
  #checkov:skip=CKV2_AWS_62:Nothing here reacts to single objects; whoever does adds a notification to the bucket.
  #checkov:skip=CKV_AWS_144:Copying to another region is a choice (variable replication), because data may have to stay where it is.
  #checkov:skip=CKV_AWS_18:Access logs go to access_log_bucket when one is named; CloudTrail data events are the alternative.
  #checkov:skip=CKV2_AWS_6:Below, for each bucket; checkov does not follow the reference.
  #checkov:skip=CKV2_AWS_61:In lifecycle.tf, for each bucket.
  #checkov:skip=CKV_AWS_21:Below, for each bucket.
  #checkov:skip=CKV_AWS_145:Below, for each bucket.
  #checkov:skip=CKV_AWS_19:Below, for each bucket.
  for_each = local.buckets

  bucket        = "${var.name}-${each.key}-${local.account_id}-${local.region}"
  force_destroy = var.delete_contents
}

resource "aws_s3_bucket_versioning" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# A bucket policy that only denies: who may read and write is said by roles' policies (access.tf).
resource "aws_s3_bucket_policy" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [each.value.arn, "${each.value.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "NoOutdatedTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [each.value.arn, "${each.value.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
      {
        # Naming another key, or another encryption, is refused; naming none means the bucket's own, which is this key.
        Sid       = "OnlyUnderTheKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${each.value.arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn }
        }
      },
    ]
  })

  # S3 answers OperationAborted when both are changed at once.
  depends_on = [aws_s3_bucket_public_access_block.data]
}

resource "aws_s3_bucket_logging" "data" {
  for_each = var.access_log_bucket == null ? {} : aws_s3_bucket.data

  bucket        = each.value.id
  target_bucket = var.access_log_bucket
  target_prefix = "${each.value.id}/"
}
