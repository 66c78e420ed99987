# What the function may do: look, and start the build that plans.
resource "aws_iam_role" "watch" {
  name        = local.watch_name
  description = "Looks which projects exist, and starts their plans"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "watch" {
  #checkov:skip=CKV_AWS_355:Neither Service Catalog's search nor X-Ray knows resources.
  #checkov:skip=CKV_AWS_290:X-Ray knows no resources for sending traces.
  name   = "watch"
  role   = aws_iam_role.watch.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.watch_statements })
}

locals {
  watch_statements = [
    {
      Sid      = "OwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.watch.arn}:*"
    },
    {
      Sid    = "ReadStatesAndRecords"
      Effect = "Allow"
      Action = "s3:GetObject"
      Resource = [
        "${aws_s3_bucket.state.arn}/projects/*/applied",
        "${aws_s3_bucket.state.arn}/projects/*/terraform.tfstate",
        "${aws_s3_bucket.state.arn}/objects/*/installation.json",
      ]
    },
    {
      Sid      = "FindProjectsAndWhatTheyLeft"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
      Resource = aws_s3_bucket.state.arn
    },
    {
      Sid       = "ReadWhatIsEncrypted"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = aws_kms_key.platform.arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" } }
    },
    {
      Sid      = "FindProvisionedProducts"
      Effect   = "Allow"
      Action   = "servicecatalog:SearchProvisionedProducts"
      Resource = "*"
    },
    {
      Sid       = "StartPlans"
      Effect    = "Allow"
      Action    = "codebuild:StartBuild"
      Resource  = local.teardown_build_arn
      Condition = local.build_as_it_is
    },
    {
      Sid      = "CountPlans"
      Effect   = "Allow"
      Action   = ["codebuild:ListBuildsForProject", "codebuild:BatchGetBuilds"]
      Resource = local.teardown_build_arn
    },
    {
      Sid      = "Trace"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = "*"
    },
  ]
}
