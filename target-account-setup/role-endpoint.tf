# What SageMaker uses to fetch models, to write what was captured, and to run monitoring. Containers have no network and
# cannot use it (role-deployment.tf).
resource "aws_iam_role" "endpoint" {
  name                 = "${local.name}-endpoint"
  description          = "Endpoints of ${var.environment} of the projects of ${var.platform.name}"
  permissions_boundary = aws_iam_policy.boundary.arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "endpoint" {
  #checkov:skip=CKV_AWS_355:A registry's token and metrics know no resources.
  #checkov:skip=CKV_AWS_290:Metrics know no resources; their namespace is the limit.
  name   = "endpoint"
  role   = aws_iam_role.endpoint.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.endpoint_statements, local.endpoint_network_statements) })
}

locals {
  project_buckets_arn = "arn:${local.partition}:s3:::ml-p-*"

  endpoint_statements = [
    {
      Sid       = "ReadPromotedModels"
      Effect    = "Allow"
      Action    = "s3:GetObject"
      Resource  = "${local.project_buckets_arn}/deploy/models/*"
      Condition = { StringEquals = { "aws:ResourceAccount" = var.platform.account_id } }
    },
    {
      Sid       = "FindPromotedModels"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.project_buckets_arn
      Condition = { StringEquals = { "aws:ResourceAccount" = var.platform.account_id }, StringLike = { "s3:prefix" = "deploy/models/*" } }
    },
    {
      Sid       = "ReadPromotedModelsKey"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = var.platform.kms_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" } }
    },
    {
      Sid      = "Data"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.data.arn}/*"
    },
    {
      Sid      = "DataBucket"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = aws_s3_bucket.data.arn
    },
    {
      Sid       = "UseTheKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = aws_kms_key.target.arn
      Condition = { StringEquals = { "kms:ViaService" = local.services_with_the_key } }
    },
    {
      Sid      = "DescribeTheKey"
      Effect   = "Allow"
      Action   = "kms:DescribeKey"
      Resource = aws_kms_key.target.arn
    },
    {
      Sid       = "GrantVolumeKey"
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = aws_kms_key.target.arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
    {
      Sid      = "SignInToRegistry"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    },
    {
      # AWS's own images, in AWS's accounts.
      Sid       = "PullFrameworkImage"
      Effect    = "Allow"
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource  = [for name in ["sagemaker-*", "pytorch-*", "tensorflow-*", "huggingface-*", "autogluon-*"] : "arn:${local.partition}:ecr:${local.region}:*:repository/${name}"]
      Condition = { StringNotEquals = { "aws:ResourceAccount" = local.account_id } }
    },
    {
      Sid    = "Logs"
      Effect = "Allow"
      Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = [
        for group in ["Endpoints/ml-p-*", "ProcessingJobs", "TransformJobs"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/${group}:*"
      ]
    },
    {
      Sid       = "PublishMetrics"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringLike = { "cloudwatch:namespace" = ["/aws/sagemaker/*", "aws/sagemaker/*"] } }
    },
    {
      # SageMaker watches the alarms of a traffic shift as this role.
      Sid      = "WatchAlarms"
      Effect   = "Allow"
      Action   = "cloudwatch:DescribeAlarms"
      Resource = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:ml-p-*-${var.environment}-*"
    },
    {
      Sid      = "TellErrors"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = aws_sns_topic.alarms.arn
    },
  ]

  endpoint_network_statements = var.network == null ? [] : [
    {
      # EC2 knows no resources for most of these (developer guide, "Give SageMaker hosted endpoints access to resources").
      Sid    = "NetworkInterfaces"
      Effect = "Allow"
      Action = [
        "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
      ]
      Resource = "*"
    },
  ]
}
