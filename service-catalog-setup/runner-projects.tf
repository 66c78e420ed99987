# The resources of projects, by service. Every resource is named after a project (`ml-p-…`), or ends in a project's
# id where SageMaker wants the project's own name.
locals {
  project_buckets_arn = "arn:${local.partition}:s3:::${local.project_names}"

  runner_storage_statements = [
    {
      Sid    = "ArtifactBuckets"
      Effect = "Allow"
      Action = concat(
        ["s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket", "s3:ListBucketVersions"],
        # The provider reads every aspect of a bucket it manages.
        [
          "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
          "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
        ],
        [
          "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
          "s3:TagResource", "s3:UntagResource", "s3:ListTagsForResource",
        ],
      )
      Resource = local.project_buckets_arn
    },
    {
      # A bucket can be deleted only when it is empty. It keeps versions, so they are what is deleted.
      Sid      = "EmptyArtifactBuckets"
      Effect   = "Allow"
      Action   = "s3:DeleteObjectVersion"
      Resource = "${local.project_buckets_arn}/*"
    },
    {
      Sid    = "LogGroups"
      Effect = "Allow"
      Action = [
        "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:TagResource",
        "logs:ListTagsForResource", "logs:ListTagsLogGroup",
      ]
      Resource = flatten([
        for service in ["codebuild", "lambda"] : [
          "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/${service}/${local.project_names}",
          "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/${service}/${local.project_names}:*",
        ]
      ])
    },
    {
      # The action knows no resources.
      Sid      = "FindLogGroups"
      Effect   = "Allow"
      Action   = "logs:DescribeLogGroups"
      Resource = "*"
    },
  ]

  runner_service_statements = [
    {
      Sid      = "Builds"
      Effect   = "Allow"
      Action   = ["codebuild:CreateProject", "codebuild:BatchGetProjects", "codebuild:UpdateProject", "codebuild:DeleteProject"]
      Resource = "arn:${local.partition}:codebuild:${local.regional_arn}:project/${local.project_names}"
      # IfExists: looking and deleting know neither, and a change of something else names neither.
      Condition = {
        BoolIfExists         = { "codebuild:environment.privilegedMode" = "false" }
        StringEqualsIfExists = { "codebuild:encryptionKey" = aws_kms_key.platform.arn }
      }
    },
    {
      Sid    = "Pipelines"
      Effect = "Allow"
      Action = [
        "codepipeline:CreatePipeline", "codepipeline:GetPipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline",
        "codepipeline:ListTagsForResource", "codepipeline:TagResource",
      ]
      Resource = "arn:${local.partition}:codepipeline:${local.regional_arn}:${local.project_names}"
    },
    {
      # The action's prefix must be the ARN's, and both spellings of a connection are in use.
      Sid      = "PassConnectionsToPipelines"
      Effect   = "Allow"
      Action   = ["codestar-connections:PassConnection", "codeconnections:PassConnection"]
      Resource = local.connection_arns
      Condition = {
        StringEqualsIfExists = {
          "codestar-connections:PassedToService" = "codepipeline.amazonaws.com"
          "codeconnections:PassedToService"      = "codepipeline.amazonaws.com"
        }
      }
    },
    {
      Sid    = "SeedFunctions"
      Effect = "Allow"
      Action = [
        "lambda:CreateFunction", "lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:GetFunctionCodeSigningConfig",
        "lambda:ListVersionsByFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction",
        "lambda:InvokeFunction", "lambda:TagResource",
      ]
      Resource = "arn:${local.partition}:lambda:${local.regional_arn}:function:${local.project_names}"
    },
    {
      Sid    = "CodeRepositories"
      Effect = "Allow"
      Action = [
        "sagemaker:CreateCodeRepository", "sagemaker:DescribeCodeRepository", "sagemaker:DeleteCodeRepository",
        "sagemaker:AddTags", "sagemaker:ListTags",
      ]
      Resource = "arn:${local.partition}:sagemaker:${local.regional_arn}:code-repository/${local.project_names}"
    },
    {
      Sid    = "ModelGroups"
      Effect = "Allow"
      Action = [
        "sagemaker:CreateModelPackageGroup", "sagemaker:DescribeModelPackageGroup", "sagemaker:DeleteModelPackageGroup",
        "sagemaker:AddTags", "sagemaker:ListTags",
      ]
      Resource = "arn:${local.partition}:sagemaker:${local.regional_arn}:model-package-group/*-p-*"
    },
  ]

  # Lambda checks the subnets and groups of a function in a VPC with the caller's permissions; EC2 knows no resources here.
  runner_network_statements = var.network == null ? [] : [
    {
      Sid      = "CheckNetworks"
      Effect   = "Allow"
      Action   = ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = "*"
    },
  ]
}
