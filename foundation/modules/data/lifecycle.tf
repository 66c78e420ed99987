# Nothing depends on these: the provider waits 55 seconds after writing one, and it may do so beside the rest.
resource "aws_s3_bucket_lifecycle_configuration" "data" {
  for_each = aws_s3_bucket.data

  bucket = each.value.id

  dynamic "rule" {
    for_each = { for area, rules in var.areas : area => rules if var.one_bucket || area == each.key }

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = local.areas[rule.key].prefix
      }

      noncurrent_version_expiration {
        noncurrent_days = rule.value.noncurrent_days
      }

      dynamic "expiration" {
        for_each = rule.value.expire_after_days[*]

        content {
          days = expiration.value
        }
      }

      dynamic "transition" {
        for_each = rule.value.infrequent_access_after_days[*]

        content {
          days          = transition.value
          storage_class = "STANDARD_IA"
        }
      }
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

  depends_on = [aws_s3_bucket_versioning.data]
}
