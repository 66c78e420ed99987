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
    resources = [aws_s3_bucket.artifacts.arn]

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
