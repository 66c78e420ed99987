resource "aws_iam_role" "replication" {
  count = var.replication == null ? 0 : 1

  name        = "${var.name}-replication"
  description = "Copies the data of ${var.name} to other buckets"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "replication" {
  count = var.replication == null ? 0 : 1

  name = "replicate"
  role = aws_iam_role.replication[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadHere"
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = [for bucket in aws_s3_bucket.data : bucket.arn]
      },
      {
        Sid      = "ReadVersions"
        Effect   = "Allow"
        Action   = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
        Resource = [for bucket in aws_s3_bucket.data : "${bucket.arn}/*"]
      },
      {
        Sid      = "WriteThere"
        Effect   = "Allow"
        Action   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
        Resource = [for arn in values(var.replication.bucket_arns) : "${arn}/*"]
      },
      {
        Sid      = "DecryptHere"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.kms_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
        }
      },
      {
        # The last two with a bucket key at the destination.
        Sid      = "EncryptThere"
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.replication.kms_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${split(":", var.replication.kms_key_arn)[3]}.${local.dns_suffix}" }
        }
      },
    ]
  })
}

resource "aws_s3_bucket_replication_configuration" "data" {
  for_each = var.replication == null ? {} : aws_s3_bucket.data

  bucket = each.value.id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    # A deletion here stays undone there: that is what the copy is for.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = var.replication.bucket_arns[each.key]
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = var.replication.kms_key_arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.data, aws_iam_role_policy.replication]
}
