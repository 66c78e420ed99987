# What containers, transform jobs and monitoring of an environment run as: it reads what was promoted, and writes captured
# data, answers and reports into the environment's folder. (In another account it is the role that is there.)
data "aws_iam_policy_document" "endpoint_trust" {
  for_each = local.deploy_here

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "endpoint" {
  for_each = local.deploy_here

  name                 = "${local.prefix}-${each.key}-endpoint"
  path                 = var.platform.role_path
  description          = "Endpoints of ${each.key}, SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.endpoint_trust[each.key].json
  permissions_boundary = var.platform.deploy.permissions_boundary_arn
}

resource "aws_iam_role_policy" "endpoint" {
  for_each = local.deploy_here

  name   = "endpoint"
  role   = aws_iam_role.endpoint[each.key].name
  policy = data.aws_iam_policy_document.endpoint[each.key].json
}

data "aws_iam_policy_document" "endpoint" {
  for_each = local.deploy_here

  source_policy_documents = concat(
    [data.aws_iam_policy_document.artifacts_key.json, data.aws_iam_policy_document.containers.json],
    data.aws_iam_policy_document.network[*].json,
    data.aws_iam_policy_document.endpoint_network[*].json,
  )

  statement {
    sid       = "ReadPromotedModels"
    actions   = ["s3:GetObject"]
    resources = [local.deploy_models_arn]
  }

  statement {
    sid       = "DataOfTheEnvironment"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = [for folder in ["async", "batch", "capture", "monitoring"] : "${local.artifacts_arn}/deploy/${each.key}/${folder}/*"]
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/Endpoints/${local.prefix}-${each.key}-*:*",
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/TransformJobs:log-stream:${local.prefix}-${each.key}-*",
      # SageMaker names the jobs of a monitoring schedule, and their streams, itself.
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/ProcessingJobs:log-stream:*",
    ]
  }

  statement {
    # One group per kind of job and account, as in iam-execution-logs.tf.
    sid     = "FindJobLogs"
    actions = ["logs:CreateLogGroup"]
    resources = [
      for kind in ["ProcessingJobs", "TransformJobs"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/${kind}:*"
    ]
  }

  statement {
    # SageMaker watches the alarms of a traffic shift as this role (developer guide, "Auto-rollback configuration").
    sid       = "WatchAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.prefix}-${each.key}-*"]
  }

  statement {
    sid       = "TellErrors"
    actions   = ["sns:Publish"]
    resources = [local.deploy_topic_arn]
  }

  statement {
    sid       = "TellErrorsKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = [local.deploy_topic_arn]
    }
  }

  statement {
    sid       = "DescribeKey"
    actions   = ["kms:DescribeKey"]
    resources = [var.platform.kms_key_arn]
  }

  statement {
    sid       = "GrantVolumeKey"
    actions   = ["kms:CreateGrant"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

# SageMaker lends the interfaces of a model in a VPC to itself (developer guide, "Give SageMaker hosted endpoints access").
data "aws_iam_policy_document" "endpoint_network" {
  count = local.deploys && var.platform.network != null ? 1 : 0

  statement {
    sid       = "LendNetworkInterface"
    actions   = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterfacePermission"]
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Subnet"
      values   = local.subnet_arns
    }
  }
}
