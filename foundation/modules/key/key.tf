# One customer key for buckets, volumes, home directories, the database and the logs of one foundation.
resource "aws_kms_key" "foundation" {
  description             = "Data, volumes and logs of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_in_days

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # AWS's default: IAM policies decide. In a key policy "*" is this key alone.
        Sid       = "IamDecides"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.${local.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              for group in ["/${var.name}/*", "/aws/sagemaker/*", "/aws/rds/cluster/${var.name}-*"] :
              "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${group}"
            ]
          }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "foundation" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.foundation.key_id
}
