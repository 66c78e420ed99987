# Whoever pushes to the first repository decides about code and models, not about what runs: its roles may write everywhere in
# the bucket but here. (The build of the deployment writes models once, deploy-iam-build.tf.)
data "aws_iam_policy_document" "artifacts_deployed" {
  for_each = local.deploy_once

  statement {
    sid       = "FirstHalfWritesNothingOfTheDeployment"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]
    resources = ["${local.artifacts_arn}/deploy/*", local.deploy_artifacts_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [for role in ["build", "execution", "pipeline"] : "${local.deploy_project_roles_arn}-${role}"]
    }
  }
}

# An environment in another account: its endpoints read what was promoted from this bucket. Nothing else of the project can
# be read from there, and nothing is written here.
data "aws_iam_policy_document" "artifacts_shared" {
  count = length(local.deploy_elsewhere) > 0 ? 1 : 0

  statement {
    sid       = "EndpointsElsewhereReadPromotedModels"
    actions   = ["s3:GetObject"]
    resources = [local.deploy_models_arn]

    principals {
      type        = "AWS"
      identifiers = distinct([for target in local.deploy_elsewhere : target.endpoint_role_arn])
    }
  }

  statement {
    sid       = "EndpointsElsewhereFindPromotedModels"
    actions   = ["s3:ListBucket"]
    resources = [local.artifacts_arn]

    principals {
      type        = "AWS"
      identifiers = distinct([for target in local.deploy_elsewhere : target.endpoint_role_arn])
    }

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["deploy/models/*"]
    }
  }
}
