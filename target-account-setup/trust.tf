# Who may assume the role, and as whom. Who: the platform's projects' deployment to this environment, and the platform's
# deletion. As whom: the session's tag is the project's id, which must be the one that the caller's own role carries; the
# deletion deletes for every project, and says for which.
locals {
  role_path        = coalesce(var.platform.role_path, "/${var.platform.name}/projects/")
  callers_arn      = "arn:${local.partition}:iam::${var.platform.account_id}:role${local.role_path}ml-p-*-deploy-${var.environment}"
  deletion_arn     = "arn:${local.partition}:iam::${var.platform.account_id}:role/${replace(var.platform.name, "sagemaker", "ml")}-teardown-build"
  project_tag      = "sagemaker:project-id"
  in_organization  = var.organization_id == null ? {} : { "aws:PrincipalOrgID" = var.organization_id }
  only_project_tag = { "ForAllValues:StringEquals" = { "aws:TagKeys" = [local.project_tag] } }
  who_says_it      = merge(local.in_organization, { "sts:ExternalId" = var.external_id })

  trust_statements = [
    for statement in [
      {
        Sid    = "Deployments"
        Action = "sts:AssumeRole"
        Condition = merge(local.only_project_tag, {
          ArnLike      = { "aws:PrincipalArn" = local.callers_arn }
          StringEquals = merge(local.who_says_it, { "aws:RequestTag/${local.project_tag}" = "$${aws:PrincipalTag/${local.project_tag}}" })
        })
      },
      {
        Sid    = "Deletion"
        Action = "sts:AssumeRole"
        Condition = merge(local.only_project_tag, {
          ArnEquals    = { "aws:PrincipalArn" = local.deletion_arn }
          StringEquals = local.who_says_it
          StringLike   = { "aws:RequestTag/${local.project_tag}" = "p-*" }
        })
      },
      {
        # Tags are an action of their own, whose requests know no external id (service authorization reference, AWS STS).
        # One statement for both callers: the policy may have 2,048 characters, and a tag without the rest is no session.
        Sid    = "Tags"
        Action = "sts:TagSession"
        Condition = merge(local.only_project_tag, length(local.in_organization) == 0 ? {} : { StringEquals = local.in_organization }, {
          ArnLike    = { "aws:PrincipalArn" = [local.callers_arn, local.deletion_arn] }
          StringLike = { "aws:RequestTag/${local.project_tag}" = "p-*" }
        })
      },
    ] : merge(statement, { Effect = "Allow", Principal = { AWS = "arn:${local.partition}:iam::${var.platform.account_id}:root" } })
  ]
}
