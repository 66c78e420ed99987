resource "aws_s3_object" "sample" {
  for_each = var.sample_files

  bucket                 = local.areas["raw"].bucket.id
  key                    = "${local.areas["raw"].prefix}${each.key}"
  source                 = each.value
  source_hash            = filesha256(each.value)
  server_side_encryption = "aws:kms"
  kms_key_id             = var.kms_key_arn
  bucket_key_enabled     = true

  # An object from before versioning would be lost with its first change.
  depends_on = [aws_s3_bucket_versioning.data, aws_s3_bucket_server_side_encryption_configuration.data]
}
