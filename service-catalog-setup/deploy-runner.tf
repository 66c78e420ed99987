# What the runner may do for products that deploy: make the deployment's rule and topic, and roles under its boundary.
# What a deletion removes of it is in deploy-deletion.tf.
resource "aws_iam_policy" "runner_deploy" {
  for_each = local.deploy_once

  name        = "${var.name}-runner-deploy"
  description = "Runner of ${var.name}: deployments"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.runner_deploy_statements })
}

resource "aws_iam_role_policy_attachment" "runner_deploy" {
  for_each = local.deploys ? { runner = aws_iam_role.runner.name, teardown = aws_iam_role.teardown_build.name } : {}

  role       = each.value
  policy_arn = aws_iam_policy.runner_deploy["deploy"].arn
}

locals {
  runner_deploy_statements = [
    {
      Sid       = "RolesUnderTheBoundaryOfDeployments"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
      Resource  = [for end in ["-deploy-*", "-endpoint"] : "${local.project_roles_arn}${end}"]
      Condition = { ArnEquals = { "iam:PermissionsBoundary" = local.deploy_boundary_arn } }
    },
    {
      Sid       = "PassTheRoleOfTheRule"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = "${local.project_roles_arn}-deploy-start"
      Condition = { StringEquals = { "iam:PassedToService" = "events.amazonaws.com" } }
    },
    {
      Sid      = "NeverTouchTheBoundaryOfDeployments"
      Effect   = "Deny"
      Action   = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"]
      Resource = local.deploy_boundary_arn
    },
    {
      Sid    = "Rules"
      Effect = "Allow"
      Action = [
        "events:DeleteRule", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "events:PutRule",
        "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
      ]
      Resource = "arn:${local.partition}:events:${local.regional_arn}:rule/${local.project_names}-deploy"
    },
    {
      Sid    = "Topics"
      Effect = "Allow"
      Action = [
        "sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:SetTopicAttributes",
        "sns:TagResource", "sns:UntagResource",
      ]
      Resource = "arn:${local.partition}:sns:${local.regional_arn}:${local.project_names}-deploy"
    },
  ]
}
