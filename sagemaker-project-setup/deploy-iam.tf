# Roles of the deployment: one per build, one for the pipeline, one for the rule that starts it (here), and one per
# environment that its containers run as (deploy-iam-endpoint.tf). All under the boundary of deployments.
locals {
  deploy_roles = local.deploys ? merge(
    {
      pipeline = { service = "codepipeline", source = local.deploy_arn, description = "CodePipeline that deploys" }
      start    = { service = "events", source = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.deploy_name}", description = "Rule that starts the deployment" }
    },
    { for name, arn in local.deploy_build_arns : name => { service = "codebuild", source = arn, description = name == "build" ? "Choice and promotion of models" : "Deployment to ${name}" } },
  ) : {}

  deploy_policies = merge(
    { for name in local.deploy_once : "pipeline" => data.aws_iam_policy_document.deploy_pipeline[name].json },
    { for name in local.deploy_once : "start" => data.aws_iam_policy_document.deploy_start[name].json },
    { for name in local.deploy_once : "build" => data.aws_iam_policy_document.deploy_build[name].json },
    { for name, document in data.aws_iam_policy_document.deploy_environment : name => document.json },
  )
}

data "aws_iam_policy_document" "deploy_trust" {
  for_each = local.deploy_roles

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.value.service}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [each.value.source]
    }
  }
}

resource "aws_iam_role" "deploy" {
  for_each = local.deploy_roles

  name                 = "${local.deploy_name}-${each.key}"
  path                 = var.platform.role_path
  description          = "${each.value.description}, SageMaker project ${var.project.id}."
  assume_role_policy   = data.aws_iam_policy_document.deploy_trust[each.key].json
  permissions_boundary = var.platform.deploy.permissions_boundary_arn
}

resource "aws_iam_role_policy" "deploy" {
  for_each = local.deploy_roles

  name   = "deploy"
  role   = aws_iam_role.deploy[each.key].name
  policy = local.deploy_policies[each.key]
}

data "aws_iam_policy_document" "deploy_pipeline" {
  for_each = local.deploy_once

  source_policy_documents = [data.aws_iam_policy_document.artifacts_key.json]

  statement {
    sid       = "ReadRepository"
    actions   = ["${local.connection_service}:UseConnection"]
    resources = [var.project.connection_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.connection_service}:FullRepositoryId"
      values   = [local.deploy_repository]
    }
  }

  statement {
    sid       = "ArtifactObjects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = [local.deploy_artifacts_arn]
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:GetBucketVersioning"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid       = "Build"
    actions   = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
    resources = values(local.deploy_build_arns)
  }

  statement {
    sid       = "AskForApproval"
    actions   = ["sns:Publish"]
    resources = [local.deploy_topic_arn]
  }

  statement {
    sid       = "AskForApprovalKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = [local.deploy_topic_arn]
    }
  }
}

data "aws_iam_policy_document" "deploy_start" {
  for_each = local.deploy_once

  statement {
    sid       = "Start"
    actions   = ["codepipeline:StartPipelineExecution"]
    resources = [local.deploy_arn]
  }
}
