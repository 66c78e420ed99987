# The build may do to projects what the runner may, and remove what projects make for themselves beside Terraform.
resource "aws_iam_role" "teardown_build" {
  name        = "${local.teardown_name}-build"
  description = "Destroys the resources of deleted projects, restores and compares those of others"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "codebuild.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnEquals    = { "aws:SourceArn" = local.teardown_build_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "teardown_build" {
  for_each = local.runner_policies

  role       = aws_iam_role.teardown_build.name
  policy_arn = aws_iam_policy.runner[each.key].arn
}

resource "aws_iam_role_policy" "teardown_build" {
  #checkov:skip=CKV_AWS_355:SageMaker knows no resources for listing models.
  name   = "deletion"
  role   = aws_iam_role.teardown_build.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.teardown_build_statements, local.teardown_network_statements) })
}

# CloudFormation calls the function with the launch role's credentials (launch-role.tf), EventBridge by permission.
resource "aws_iam_role" "teardown_function" {
  name        = "${local.teardown_name}-function"
  description = "Starts deletions of projects and tells CloudFormation how they ended"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "teardown_function" {
  #checkov:skip=CKV_AWS_355:X-Ray knows no resources for sending traces.
  #checkov:skip=CKV_AWS_290:X-Ray knows no resources for sending traces.
  name   = "deletion"
  role   = aws_iam_role.teardown_function.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.teardown_function_statements })
}

locals {
  # Whoever starts a build may give it other commands, another image, another role: without this, a function that starts this
  # one would be as powerful as the build. The keys are there when a call overrides what the project has (CodeBuild user
  # guide, "AWS CodeBuild condition keys"). The variables are those that the functions set.
  build_as_it_is = {
    Null = {
      for key in ["environment.image", "environment.privilegedMode", "serviceRole", "source.buildspec", "source.location"] :
      "codebuild:${key}" => "true"
    }
    "ForAllValues:StringEquals" = {
      "codebuild:environment.environmentVariables.name" = [
        "ACTION", "DRIFT_PROJECT", "DRIFT_SWEEP", "PARAMETERS", "RUNNER_SHA256", "SETTINGS_SHA256", "TEARDOWN_REQUEST",
      ]
    }
  }

  teardown_build_statements = [
    {
      Sid      = "OwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:${local.partition}:logs:${local.regional_arn}:log-group:/${var.name}/teardown:*"
    },
    {
      Sid      = "StopBuilds"
      Effect   = "Allow"
      Action   = ["codebuild:ListBuildsForProject", "codebuild:BatchGetBuilds", "codebuild:StopBuild"]
      Resource = "arn:${local.partition}:codebuild:${local.regional_arn}:project/${local.project_names}"
    },
    {
      Sid    = "RemovePipelinesOfBuilds"
      Effect = "Allow"
      Action = [
        "sagemaker:DeletePipeline", "sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutions",
        "sagemaker:StopPipelineExecution",
      ]
      # Named after the project, which people choose, and its id.
      Resource = ["${local.sagemaker_arn}:pipeline/*-p-*", "${local.sagemaker_arn}:pipeline/*-p-*/execution/*"]
    },
    {
      Sid      = "RemoveModels"
      Effect   = "Allow"
      Action   = "sagemaker:DeleteModelPackage"
      Resource = "${local.sagemaker_arn}:model-package/*-p-*/*"
    },
    {
      Sid      = "FindModels"
      Effect   = "Allow"
      Action   = "sagemaker:ListModelPackages"
      Resource = "*"
    },
  ]

  teardown_subnet_arns = [for id in try(var.teardown_network.subnet_ids, []) : "arn:${local.partition}:ec2:${local.regional_arn}:subnet/${id}"]

  # CodeBuild makes a network interface in the given subnets, and lends it to its own account.
  teardown_network_statements = [for statement in [
    {
      # EC2 knows no resources for these.
      Sid      = "DescribeNetworks"
      Effect   = "Allow"
      Action   = ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = ["*"]
    },
    {
      Sid    = "NetworkInterfaces"
      Effect = "Allow"
      Action = ["ec2:CreateNetworkInterface"]
      Resource = concat(
        ["arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"],
        local.teardown_subnet_arns,
        [for id in try(var.teardown_network.security_group_ids, []) : "arn:${local.partition}:ec2:${local.regional_arn}:security-group/${id}"],
      )
    },
    {
      Sid       = "RemoveNetworkInterfaces"
      Effect    = "Allow"
      Action    = ["ec2:DeleteNetworkInterface"]
      Resource  = ["arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"]
      Condition = { ArnEquals = { "ec2:Subnet" = local.teardown_subnet_arns } }
    },
    {
      Sid      = "LendNetworkInterfaces"
      Effect   = "Allow"
      Action   = ["ec2:CreateNetworkInterfacePermission"]
      Resource = ["arn:${local.partition}:ec2:${local.regional_arn}:network-interface/*"]
      Condition = {
        ArnEquals    = { "ec2:Subnet" = local.teardown_subnet_arns }
        StringEquals = { "ec2:AuthorizedService" = "codebuild.amazonaws.com" }
      }
    },
  ] : statement if var.teardown_network != null]

  teardown_function_statements = [
    {
      Sid      = "OwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:${local.partition}:logs:${local.regional_arn}:log-group:/${var.name}/teardown-function:*"
    },
    {
      Sid       = "StartTheBuild"
      Effect    = "Allow"
      Action    = "codebuild:StartBuild"
      Resource  = local.teardown_build_arn
      Condition = local.build_as_it_is
    },
    {
      Sid      = "FollowTheBuild"
      Effect   = "Allow"
      Action   = "codebuild:BatchGetBuilds"
      Resource = local.teardown_build_arn
    },
    {
      # Whether the stack that asks is really being deleted or rolled back.
      Sid      = "LookAtTheStack"
      Effect   = "Allow"
      Action   = "cloudformation:DescribeStacks"
      Resource = "arn:${local.partition}:cloudformation:${local.regional_arn}:stack/SC-*"
    },
    {
      Sid      = "RememberWhoWaits"
      Effect   = "Allow"
      Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      Resource = aws_dynamodb_table.teardown_requests.arn
    },
    {
      # Of Terraform, of a run, and of the stack that the project belongs to.
      Sid       = "SeeWhatIsHeldInTheLockTable"
      Effect    = "Allow"
      Action    = "dynamodb:GetItem"
      Resource  = aws_dynamodb_table.locks.arn
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = "${aws_s3_bucket.state.id}/projects/*" } }
    },
    {
      Sid      = "ReadRunRecords"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.state.arn}/projects/*/runs/*"
    },
    {
      Sid       = "FindWhatRunsHaveLeft"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = aws_s3_bucket.state.arn
      Condition = { StringLike = { "s3:prefix" = ["projects/*/runs/*", "projects/*/"] } }
    },
    {
      Sid       = "ReadWhatIsEncrypted"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = aws_kms_key.platform.arn
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["s3", "dynamodb"] : "${service}.${local.region}.${local.dns_suffix}"] } }
    },
    {
      Sid      = "Trace"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = "*"
    },
  ]
}
