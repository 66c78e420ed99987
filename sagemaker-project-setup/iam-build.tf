# The build runs whatever is in the repository: this role is what its authors can do in the account.
data "aws_iam_policy_document" "build_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codebuild.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.build_arn]
    }
  }
}

data "aws_iam_policy_document" "build" {
  source_policy_documents = concat(
    [data.aws_iam_policy_document.artifacts_key.json],
    data.aws_iam_policy_document.network[*].json,
    data.aws_iam_policy_document.build_network[*].json,
  )

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.build_log_arn}:*"]
  }

  statement {
    sid       = "ArtifactObjects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = ["${local.artifacts_arn}/*"]
  }

  statement {
    # Without ListBucket a missing object looks forbidden, and the upload cannot tell that it has to be made.
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid = "UpsertPipeline"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreatePipeline",
      "sagemaker:ListPipelineExecutions",
      "sagemaker:StartPipelineExecution",
      "sagemaker:UpdatePipeline",
    ]
    resources = local.sagemaker_pipeline_arns
  }

  statement {
    sid       = "FollowExecution"
    actions   = ["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"]
    resources = [for arn in local.sagemaker_pipeline_arns : "${arn}/execution/*"]
  }

  statement {
    sid       = "PassExecutionRole"
    actions   = ["iam:PassRole"]
    resources = [local.execution_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "build" {
  name                 = "${local.prefix}-build"
  path                 = var.platform.role_path
  description          = "CodeBuild of the SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.build_trust.json
  permissions_boundary = var.platform.permissions_boundary_arn
}

resource "aws_iam_role_policy" "build" {
  name   = "build"
  role   = aws_iam_role.build.name
  policy = data.aws_iam_policy_document.build.json
}
