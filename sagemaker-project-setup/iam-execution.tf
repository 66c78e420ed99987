# The SageMaker pipeline and its jobs: data and models in the project's bucket, the images of AWS, the logs.
data "aws_iam_policy_document" "execution_trust" {
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

    condition {
      # As the developer guide has it (security-confused-deputy-prevention): executions of the pipeline, and its jobs.
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = concat([for arn in local.sagemaker_pipeline_arns : "${arn}/*"], local.job_arns)
    }
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${local.prefix}-execution"
  path                 = var.platform.role_path
  description          = "SageMaker pipeline and jobs of the SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = var.platform.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  source_policy_documents = concat(
    [
      data.aws_iam_policy_document.artifacts_key.json,
      data.aws_iam_policy_document.containers.json,
      data.aws_iam_policy_document.execution_jobs.json,
      data.aws_iam_policy_document.execution_registry.json,
      data.aws_iam_policy_document.execution_logs.json,
    ],
    data.aws_iam_policy_document.network[*].json,
    data.aws_iam_policy_document.sagemaker_network[*].json,
  )

  statement {
    sid       = "ArtifactObjects"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.artifacts_arn}/*"]
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:ListBucket"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid       = "DescribeKey"
    actions   = ["kms:DescribeKey"]
    resources = [var.platform.kms_key_arn]
  }

  statement {
    # Disks of the jobs are encrypted with the project's key: SageMaker asks for a grant, and only AWS may be given one.
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
