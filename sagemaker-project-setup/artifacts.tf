# One bucket per project for what CodePipeline hands to the build, the uploaded training code, and the models.
resource "aws_s3_bucket" "artifacts" {
  #checkov:skip=CKV2_AWS_62:Nothing reacts to single objects; CodePipeline and SageMaker report what they do as events of their own.
  #checkov:skip=CKV_AWS_18:A log bucket per project would outlive it; CloudTrail data events, switched on for the account, cover every project.
  #checkov:skip=CKV_AWS_144:What is here can be built again from the repository; a copy in another region doubles the cost and leaves the region.
  bucket = local.bucket_name

  # "keep" leaves the contents to the person who deletes the project: see the README on deletion.
  force_destroy = coalesce(var.project.artifact_bucket_contents, var.platform.artifact_bucket_contents) == "delete"
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# A registered model points at an object; versions keep it readable after someone has overwritten that key.
resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    # One call to KMS for many objects, and the key's encryption context is the bucket: the roles' policies rely on it.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.platform.kms_key_arn
    }
  }
}
