# The stage Build runs what is in the deploy repository: it reads the registry and the models, copies what is promoted, and
# may end its own pipeline's execution when there is nothing to deploy. It changes no environment.
data "aws_iam_policy_document" "deploy_build" {
  #checkov:skip=CKV_AWS_356:SageMaker knows no resources for listing models.
  for_each = local.deploy_once

  source_policy_documents = concat(
    [data.aws_iam_policy_document.artifacts_key.json, data.aws_iam_policy_document.deploy_tools[each.key].json],
    data.aws_iam_policy_document.network[*].json,
    data.aws_iam_policy_document.build_network[*].json,
  )

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.deploy_log_arns["build"]}:*"]
  }

  statement {
    sid       = "ReadModelsAndRecords"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.artifacts_arn}/pipelines/*", local.deploy_models_arn, "${local.artifacts_arn}/deploy/*/live.json"]
  }

  statement {
    # Once: what a person has approved for production cannot be overwritten by the next push, whatever it runs here.
    sid       = "PromoteModels"
    actions   = ["s3:PutObject"]
    resources = [local.deploy_models_arn]

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  statement {
    # Parts create no object: the request that puts them together does, and is one of the statement before
    # (S3 user guide, "Enforce conditional writes").
    sid       = "PromoteModelsInParts"
    actions   = ["s3:PutObject"]
    resources = [local.deploy_models_arn]

    condition {
      test     = "Bool"
      variable = "s3:ObjectCreationOperation"
      values   = ["false"]
    }
  }

  statement {
    sid       = "GiveUpParts"
    actions   = ["s3:AbortMultipartUpload"]
    resources = [local.deploy_models_arn]
  }

  statement {
    sid       = "Artifacts"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    resources = [local.deploy_artifacts_arn]
  }

  statement {
    # Without ListBucket a missing object looks forbidden.
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.artifacts_arn]
  }

  statement {
    sid     = "ListModels"
    actions = ["sagemaker:ListModelPackages"]
    # Any resource: SageMaker knows no resource-level permissions for listing models.
    resources = ["*"]
  }

  statement {
    sid       = "ReadModels"
    actions   = ["sagemaker:DescribeModelPackage"]
    resources = local.model_package_arns
  }

  statement {
    sid       = "EndExecutionWithNothingToDeploy"
    actions   = ["codepipeline:ListPipelineExecutions", "codepipeline:StopPipelineExecution"]
    resources = [local.deploy_arn]
  }
}

# Terraform and the provider, where package 1 has mirrored them.
data "aws_iam_policy_document" "deploy_tools" {
  for_each = local.deploy_once

  dynamic "statement" {
    for_each = var.platform.deploy.mirror[*]

    content {
      sid       = "ReadMirror"
      actions   = ["s3:GetObject"]
      resources = [for key in values(statement.value) : "arn:${local.partition}:s3:::${var.platform.object_bucket}/${key}"]
    }
  }

  dynamic "statement" {
    for_each = var.platform.deploy.mirror[*]

    content {
      sid       = "ReadMirrorKey"
      actions   = ["kms:Decrypt"]
      resources = [var.platform.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${local.dns_suffix}"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = concat(["arn:${local.partition}:s3:::${var.platform.object_bucket}"], [for key in values(statement.value) : "arn:${local.partition}:s3:::${var.platform.object_bucket}/${key}"])
      }
    }
  }
}
