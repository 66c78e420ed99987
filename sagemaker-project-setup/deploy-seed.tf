# The same function puts the second seed into the second repository, once per branch of it (seed-commit.tf).
resource "terraform_data" "deploy_seeded_branch" {
  for_each = local.deploy_once

  input = {
    repository_url = local.deploy_repository_url
    branch         = var.project.branch
  }
}

resource "aws_lambda_invocation" "deploy_seed" {
  for_each = local.deploy_once

  function_name   = aws_lambda_function.seed.function_name
  lifecycle_scope = "CREATE_ONLY"
  input = jsonencode(merge(local.seed_event, {
    repository = merge(local.seed_event.repository, {
      full_name   = local.deploy_repository
      url         = local.deploy_repository_url
      description = "Deployment of the SageMaker project ${var.project.name} (${var.project.id})"
    })
    seed = merge(local.seed_event.seed, { for field, value in var.platform.deploy.seed : field => value })
  }))

  lifecycle {
    ignore_changes       = [input]
    replace_triggered_by = [terraform_data.deploy_seeded_branch]

    precondition {
      condition     = lower(local.deploy_repository) != lower(var.project.repository)
      error_message = "The deploy repository must be another one than ${var.project.repository}; leave its name empty for ${var.project.repository}-deploy."
    }
    postcondition {
      condition     = contains(["created", "unchanged", "skipped"], try(jsondecode(self.result).status, ""))
      error_message = "The seed was not put into ${local.deploy_repository}: ${self.result}. The reason is in the log group ${aws_cloudwatch_log_group.seed.name}."
    }
  }

  depends_on = [aws_iam_role_policy.deploy, aws_iam_role_policy.endpoint, aws_iam_role_policy.seed]
}
