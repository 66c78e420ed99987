# Seeds that the organization brings itself. They come to lie beside the release's, under the hash of their content, so a
# change of the source changes no project that exists.
locals {
  own_seeds = {
    for name, seed in var.seeds : name => { name = name, key = "objects/${seed.sha256}/seed-${name}.zip", sha256 = seed.sha256 }
  }
}

resource "aws_s3_object" "seed" {
  for_each = { for name, seed in var.seeds : name => seed if !startswith(seed.archive, "s3://") }

  bucket                 = aws_s3_bucket.state.id
  key                    = local.own_seeds[each.key].key
  source                 = each.value.archive
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = filesha256(each.value.archive) == each.value.sha256
      error_message = "${each.value.archive} has another SHA-256 than seeds.${each.key} says. Check it again: make seed-check SEED=<folder>."
    }
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}

# The copy's content is checked where it is used: the seed function compares it with the hash.
resource "aws_s3_object_copy" "seed" {
  for_each = { for name, seed in var.seeds : name => seed if startswith(seed.archive, "s3://") }

  bucket                 = aws_s3_bucket.state.id
  key                    = local.own_seeds[each.key].key
  source                 = trimprefix(each.value.archive, "s3://")
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}
