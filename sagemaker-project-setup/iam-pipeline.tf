# CodePipeline: fetches one repository through the connection, hands it to one build.
data "aws_iam_policy_document" "pipeline_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codepipeline.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.delivery_arn]
    }
  }
}

locals {
  # Connections made before mid-2024 have ARNs of codestar-connections, newer ones of codeconnections, and IAM knows the
  # action under the same name as the ARN only.
  connection_service = split(":", var.project.connection_arn)[2]
}

data "aws_iam_policy_document" "pipeline" {
  source_policy_documents = [data.aws_iam_policy_document.artifacts_key.json]

  statement {
    sid       = "ReadRepository"
    actions   = ["${local.connection_service}:UseConnection"]
    resources = [var.project.connection_arn]

    # Every project shares the connection; this keeps each pipeline to its own repository. ForAllValues: not every call
    # that CodePipeline makes through a connection names a repository.
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.connection_service}:FullRepositoryId"
      values   = [var.project.repository]
    }
  }

  statement {
    sid       = "ArtifactObjects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = ["${local.artifacts_arn}/*"]
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:GetBucketVersioning"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid       = "Build"
    actions   = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
    resources = [local.build_arn]
  }
}

resource "aws_iam_role" "pipeline" {
  name                 = "${local.prefix}-pipeline"
  path                 = var.platform.role_path
  description          = "CodePipeline of the SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.pipeline_trust.json
  permissions_boundary = var.platform.permissions_boundary_arn
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "pipeline"
  role   = aws_iam_role.pipeline.name
  policy = data.aws_iam_policy_document.pipeline.json
}
