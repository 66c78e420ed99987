# Further uses of the key for products that deploy.
locals {
  deploy_key_statements = concat(
    [
      {
        Sid       = "AlarmsThatTellTheTopicsOfDeployments"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:${local.partition}:sns:${local.regional_arn}:${local.project_names}-deploy" } }
      },
    ],
    [
      for readers in [distinct([for target in local.deploy_targets : target.endpoint_role_arn])] : {
        # Endpoints in other accounts read promoted models, through S3 and from the projects' buckets only; which
        # objects, the buckets' own policies say.
        Sid       = "EndpointsElsewhereReadModels"
        Effect    = "Allow"
        Principal = { AWS = readers }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
          StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [local.project_buckets_arn, "${local.project_buckets_arn}/*"] }
        }
      } if length(readers) > 0
    ],
  )
}
