locals {
  seed_event = {
    project = {
      name = var.project.name
      id   = var.project.id
    }
    repository = {
      full_name   = var.project.repository
      url         = var.project.repository_url
      branch      = var.project.branch
      create      = var.platform.github.create_repository
      visibility  = var.platform.github.visibility
      description = "SageMaker project ${var.project.name} (${var.project.id})"

      on_existing_content = var.platform.github.on_existing_content
    }
    host = {
      base_url = var.platform.github.base_url
      api_url  = var.platform.github.api_url
    }
    seed = {
      name    = var.platform.seed.name
      release = var.platform.release
      bucket  = var.platform.object_bucket
      key     = var.platform.seed.key
      sha256  = var.platform.seed.sha256
    }
    credential = {
      secret_arn = var.platform.github.secret_arn
    }
    context = {
      region                   = local.region
      account_id               = local.account_id
      model_package_group_name = aws_sagemaker_model_package_group.models.model_package_group_name
      pipeline_name            = local.sagemaker_name
      artifact_bucket          = aws_s3_bucket.artifacts.bucket
    }
  }

  seed_result = jsondecode(aws_lambda_invocation.seed.result)
}

resource "terraform_data" "seeded_branch" {
  input = {
    repository_url = var.project.repository_url
    branch         = var.project.branch
  }
}

# Once per branch of a repository: a project that moves to another one gets its seed there, while a newer release, a
# renamed product or another size of build leaves the people's repository alone (ADR 0022).
resource "aws_lambda_invocation" "seed" {
  function_name   = aws_lambda_function.seed.function_name
  lifecycle_scope = "CREATE_ONLY"
  input           = jsonencode(local.seed_event)

  lifecycle {
    ignore_changes       = [input]
    replace_triggered_by = [terraform_data.seeded_branch]

    postcondition {
      condition     = contains(["created", "unchanged", "skipped"], try(jsondecode(self.result).status, ""))
      error_message = "The seed was not put into ${var.project.repository}: ${self.result}. The reason is in the log group ${aws_cloudwatch_log_group.seed.name}."
    }
  }

  # What the first execution of the pipeline needs is made before the seed is pushed, so that IAM has had the time of the
  # push to spread it.
  depends_on = [
    aws_iam_role_policy.pipeline,
    aws_iam_role_policy.build,
    aws_iam_role_policy.execution,
  ]
}
