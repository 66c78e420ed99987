# The second half of a project, if its product has one (platform.deploy): a repository whose pipeline takes approved models
# to staging and production. Without it, nothing of the files deploy-*.tf is made.
locals {
  deploys     = var.platform.deploy != null
  deploy_once = local.deploys ? toset(["deploy"]) : toset([])
  deploy_name = "${local.prefix}-deploy"

  deploy_repository     = try(coalesce(var.project.deploy_repository), "${var.project.repository}-deploy")
  deploy_repository_url = "${trimsuffix(trimsuffix(var.project.repository_url, ".git"), var.project.repository)}${local.deploy_repository}"

  # In the order of the pipeline. What is null is in this account.
  deploy_environments = local.deploys ? { for name in ["staging", "prod"] : name => var.platform.deploy.environments[name] } : {}
  deploy_here         = toset([for name, target in local.deploy_environments : name if target == null])
  deploy_elsewhere    = { for name, target in local.deploy_environments : name => target if target != null }

  deploy_arn        = "arn:${local.partition}:codepipeline:${local.region}:${local.account_id}:${local.deploy_name}"
  deploy_build_arns = { for name in local.deploy_builds : name => "arn:${local.partition}:codebuild:${local.region}:${local.account_id}:project/${local.deploy_name}-${name}" }
  deploy_builds     = local.deploys ? toset(concat(["build"], keys(local.deploy_environments))) : toset([])

  # Where environments may read: what the stage Build has promoted. In the repository, deploy/promotion.py writes there.
  deploy_models_arn = "${local.artifacts_arn}/deploy/models/*"

  # CodePipeline keeps artifacts under the first twenty characters of the pipeline's name and the first ten of the artifact's,
  # as far as can be seen. The pipelines of both halves begin alike, so the artifacts' names are what tells them apart.
  deploy_artifacts_arn = "${local.artifacts_arn}/${substr(local.deploy_name, 0, 20)}*/Deploy*"

  # ARNs for policies are put together, as in names.tf.
  deploy_topic_arn          = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.deploy_name}"
  deploy_log_arns           = { for name in local.deploy_builds : name => "${local.log_group_arn}/aws/codebuild/${local.deploy_name}-${name}" }
  deploy_project_roles_arn  = "arn:${local.partition}:iam::${local.account_id}:role${var.platform.role_path}${local.prefix}"
  deploy_own_endpoint_roles = { for name in local.deploy_here : name => "${local.deploy_project_roles_arn}-${name}-endpoint" }

  deploy_endpoint_role_arns = merge(
    { for name in local.deploy_here : name => aws_iam_role.endpoint[name].arn },
    { for name, target in local.deploy_elsewhere : name => target.endpoint_role_arn },
  )
}

# What Studio shows as the second repository of the project.
resource "aws_sagemaker_code_repository" "deploy" {
  for_each = local.deploy_once

  code_repository_name = local.deploy_name

  git_config {
    repository_url = replace(local.deploy_repository_url, "/^http:/", "https:")
    branch         = var.project.branch
  }
}
