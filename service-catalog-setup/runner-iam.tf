# Roles of projects: only under the projects' path, only with the boundary, passed only to the services that use them.
locals {
  project_roles_arn = "arn:${local.partition}:iam::${local.account_id}:role${local.role_path}${local.project_names}"

  runner_iam_statements = [
    {
      Sid       = "RolesUnderTheBoundary"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
      Resource  = local.project_roles_arn
      Condition = { ArnEquals = { "iam:PermissionsBoundary" = aws_iam_policy.project_boundary.arn } }
    },
    {
      Sid    = "LookAfterRoles"
      Effect = "Allow"
      Action = [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
        "iam:UpdateAssumeRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:DeleteRole",
      ]
      Resource = local.project_roles_arn
    },
    {
      Sid      = "PassRolesToTheirServices"
      Effect   = "Allow"
      Action   = "iam:PassRole"
      Resource = local.project_roles_arn
      Condition = {
        StringEquals = {
          "iam:PassedToService" = [for service in ["codebuild", "codepipeline", "lambda"] : "${service}.${local.dns_suffix}"]
        }
      }
    },
    {
      # Nothing above allows it. Said explicitly, so that no later statement can.
      Sid      = "NeverTouchTheBoundary"
      Effect   = "Deny"
      Action   = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"]
      Resource = aws_iam_policy.project_boundary.arn
    },
    {
      Sid      = "NeverDropTheBoundary"
      Effect   = "Deny"
      Action   = "iam:DeleteRolePermissionsBoundary"
      Resource = "arn:${local.partition}:iam::${local.account_id}:role/*"
    },
  ]
}
