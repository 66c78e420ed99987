# Two policies per area, to be attached to roles. The key is used through S3, for these buckets only.
locals {
  read_statements = {
    for area, place in local.areas : area => [
      {
        Sid      = "ReadObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = "${place.bucket.arn}/${place.prefix}*"
      },
      merge(
        { Sid = "ListObjects", Effect = "Allow", Action = "s3:ListBucket", Resource = place.bucket.arn },
        # A list of a whole bucket names no prefix, and a condition on one would refuse it.
        { for key in ["Condition"] : key => { StringLike = { "s3:prefix" = ["${place.prefix}*"] } } if place.prefix != "" },
      ),
      {
        Sid      = "LocateBucket"
        Effect   = "Allow"
        Action   = "s3:GetBucketLocation"
        Resource = place.bucket.arn
      },
      {
        Sid      = "DecryptThroughS3"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.kms_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
          # The bucket's ARN with a bucket key; the object's for objects written without one.
          StringLike = { "kms:EncryptionContext:aws:s3:arn" = [place.bucket.arn, "${place.bucket.arn}/*"] }
        }
      },
    ]
  }

  write_statements = {
    for area, place in local.areas : area => concat(local.read_statements[area], [
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = "${place.bucket.arn}/${place.prefix}*"
      },
      {
        Sid      = "EncryptThroughS3"
        Effect   = "Allow"
        Action   = "kms:GenerateDataKey"
        Resource = var.kms_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
          StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [place.bucket.arn, "${place.bucket.arn}/*"] }
        }
      },
    ])
  }

  attachments = merge([
    for area, settings in var.areas : merge(
      { for role in settings.readers : "read/${area}/${role}" => { role = role, policy = aws_iam_policy.read[area].arn } },
      { for role in settings.writers : "write/${area}/${role}" => { role = role, policy = aws_iam_policy.write[area].arn } },
    )
  ]...)
}

resource "aws_iam_policy" "read" {
  for_each = var.areas

  name        = "${var.name}-read-${each.key}"
  description = "Read the area ${each.key} of ${var.name}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.read_statements[each.key] })
}

resource "aws_iam_policy" "write" {
  for_each = var.areas

  name        = "${var.name}-write-${each.key}"
  description = "Read and write the area ${each.key} of ${var.name}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.write_statements[each.key] })
}

resource "aws_iam_role_policy_attachment" "given" {
  for_each = local.attachments

  role       = each.value.role
  policy_arn = each.value.policy
}
