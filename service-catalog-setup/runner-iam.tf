# Roles of projects: only under the projects' path, only with the boundary, passed only to the services that use them.
locals {
  project_roles_arn = "arn:${local.partition}:iam::${local.account_id}:role${local.role_path}${local.project_names}"

  runner_iam_statements = [
    {
      Sid       = "RolesUnderTheBoundary"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
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
        "iam:UpdateRoleDescription",
        "iam:UpdateAssumeRolePolicy",
        "iam:TagRole",
        "iam:DeleteRole",
      ]
      Resource = local.project_roles_arn
    },
    {
      # A role that does not exist has no path: without this the answer is "not allowed", where a run that looks for what
      # another one has left behind has to hear "there is none".
      Sid      = "LookForRoles"
      Effect   = "Allow"
      Action   = "iam:GetRole"
      Resource = "arn:${local.partition}:iam::${local.account_id}:role/${local.project_names}"
    },
    {
      Sid      = "PassRolesToTheirServices"
      Effect   = "Allow"
      Action   = "iam:PassRole"
      Resource = local.project_roles_arn
      Condition = {
        StringEquals = {
          "iam:PassedToService" = [for service in ["codebuild", "codepipeline", "lambda"] : "${service}.amazonaws.com"]
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
