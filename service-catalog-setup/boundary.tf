# The most a project's role can ever do, whatever policy it is given. Package 2 narrows each role to its own project.
resource "aws_iam_policy" "project_boundary" {
  name        = "${var.name}-project-boundary"
  description = "Upper bound of every role of a SageMaker project"
  policy      = jsonencode({ Version = "2012-10-17", Statement = concat(local.boundary_statements, local.boundary_network_statements) })
}

locals {
  sagemaker_arn = "arn:${local.partition}:sagemaker:${local.regional_arn}"

  boundary_statements = [
    {
      Sid      = "ArtifactBuckets"
      Effect   = "Allow"
      Action   = ["s3:GetObject*", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucket*", "s3:GetBucket*"]
      Resource = [local.project_buckets_arn, "${local.project_buckets_arn}/*"]
    },
    {
      Sid      = "ReadReleases"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.state.arn}/objects/*"
    },
    {
      Sid      = "UseTheKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
      Resource = aws_kms_key.platform.arn
    },
    {
      # SageMaker keeps a grant for the encrypted volumes of a job.
      Sid       = "LetServicesUseTheKey"
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = aws_kms_key.platform.arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
    {
      Sid      = "GitHubCredential"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.github.arn
    },
    {
      Sid      = "SeedRequests"
      Effect   = "Allow"
      Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      Resource = aws_dynamodb_table.seed_requests.arn
      # Each function's items lie under its own name.
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = local.project_names } }
    },
    {
      Sid    = "Logs"
      Effect = "Allow"
      Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = [
        for group in ["codebuild/${local.project_names}", "lambda/${local.project_names}", "sagemaker/*"] :
        "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/${group}"
      ]
    },
    {
      Sid      = "Builds"
      Effect   = "Allow"
      Action   = ["codebuild:StartBuild", "codebuild:BatchGetBuilds"]
      Resource = "arn:${local.partition}:codebuild:${local.regional_arn}:project/${local.project_names}"
    },
    {
      Sid      = "Connections"
      Effect   = "Allow"
      Action   = ["codestar-connections:UseConnection", "codeconnections:UseConnection"]
      Resource = local.connection_arns
    },
    {
      # Named after the project, or by a pipeline after itself.
      Sid    = "SageMaker"
      Effect = "Allow"
      Action = [
        "sagemaker:AddTags", "sagemaker:Create*", "sagemaker:Describe*", "sagemaker:List*", "sagemaker:Start*", "sagemaker:Stop*",
        "sagemaker:UpdatePipeline",
      ]
      Resource = concat(
        [for kind in ["pipeline", "model-package-group", "model-package", "experiment", "experiment-trial", "experiment-trial-component", "endpoint", "endpoint-config", "model"] : "${local.sagemaker_arn}:${kind}/*-p-*"],
        [for kind in ["training-job", "processing-job", "transform-job", "model", "hyper-parameter-tuning-job"] : "${local.sagemaker_arn}:${kind}/pipelines-*"],
      )
    },
    {
      Sid      = "PassProjectRoles"
      Effect   = "Allow"
      Action   = "iam:PassRole"
      Resource = local.project_roles_arn
    },
    {
      # AWS publishes the images of its frameworks in accounts of its own, one per region.
      Sid      = "PullImages"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
      Resource = "arn:${local.partition}:ecr:${local.region}:*:repository/*"
    },
    {
      # None of these knows resources.
      Sid      = "Telemetry"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    },
  ]

  # Builds, functions, jobs and models in a VPC bring their own network interfaces: in the platform's subnets only.
  network_subnet_arns = [for id in try(var.network.subnet_ids, []) : "arn:${local.partition}:ec2:${local.regional_arn}:subnet/${id}"]

  boundary_network_statements = [
    for statement in [
      {
        # EC2 knows no resources for these.
        Sid      = "DescribeNetworks"
        Effect   = "Allow"
        Action   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "ec2:DescribeDhcpOptions"]
        Resource = "*"
      },
      {
        Sid    = "NetworkInterfaces"
        Effect = "Allow"
        Action = "ec2:CreateNetworkInterface"
        Resource = concat(
          ["arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"],
          local.network_subnet_arns,
          [for id in try(var.network.security_group_ids, []) : "arn:${local.partition}:ec2:${local.regional_arn}:security-group/${id}"],
        )
      },
      {
        Sid       = "RemoveNetworkInterfaces"
        Effect    = "Allow"
        Action    = "ec2:DeleteNetworkInterface"
        Resource  = "arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"
        Condition = { ArnEquals = { "ec2:Subnet" = local.network_subnet_arns } }
      },
      {
        # The builds' own policies lend to CodeBuild only; SageMaker asks for its roles' without saying for whom.
        Sid       = "LendNetworkInterfaces"
        Effect    = "Allow"
        Action    = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterfacePermission"]
        Resource  = "arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"
        Condition = { ArnEquals = { "ec2:Subnet" = local.network_subnet_arns } }
      },
    ] : statement if var.network != null
  ]
}
