# Told: that an approval is waited for, that an alarm fired, that an asynchronous request failed. Subscribe to it.
resource "aws_sns_topic" "deploy" {
  for_each = local.deploy_once

  name              = local.deploy_name
  display_name      = "Deployment of ${var.project.name}"
  kms_master_key_id = var.platform.kms_key_arn
}

data "aws_iam_policy_document" "deploy_topic" {
  for_each = local.deploy_once

  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [local.deploy_topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.prefix}-*"]
    }
  }

  statement {
    # Pipeline and endpoints publish as roles of the project, which their own policies allow.
    sid       = "RolesOfTheProject"
    actions   = ["sns:Publish"]
    resources = [local.deploy_topic_arn]

    principals {
      type        = "AWS"
      identifiers = concat(["${local.deploy_project_roles_arn}-deploy-pipeline"], values(local.deploy_own_endpoint_roles))
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.deploy_topic_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "deploy" {
  for_each = local.deploy_once

  arn    = aws_sns_topic.deploy[each.key].arn
  policy = data.aws_iam_policy_document.deploy_topic[each.key].json

  # SNS refuses a policy that names roles which are not there.
  depends_on = [aws_iam_role.deploy, aws_iam_role.endpoint]
}
