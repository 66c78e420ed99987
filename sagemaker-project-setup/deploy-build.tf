# One build per role: the stage Build chooses and promotes, each environment's build changes that environment only.
resource "aws_codebuild_project" "deploy" {
  for_each = local.deploy_builds

  name           = "${local.deploy_name}-${each.key}"
  description    = each.key == "build" ? "Chooses and promotes the model that ${local.deploy_repository} deploys." : "Deploys to ${each.key} and tests what runs there."
  service_role   = aws_iam_role.deploy[each.key].arn
  encryption_key = var.platform.kms_key_arn
  # Terraform waits an hour for an endpoint at most (terraform/settings in the repository keeps traffic shifts below that). Before
  # a way back, a test of an asynchronous endpoint may have waited for an hour as well.
  build_timeout  = max(each.key == "build" ? 60 : 150, var.platform.build.timeout_minutes)
  queued_timeout = 60

  source {
    type      = "CODEPIPELINE"
    buildspec = each.key == "build" ? "buildspec.yml" : "buildspec-environment.yml"
  }

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    type                        = strcontains(var.platform.build.image, "aarch64") ? "ARM_CONTAINER" : "LINUX_CONTAINER"
    image                       = var.platform.build.image
    image_pull_credentials_type = "CODEBUILD"
    compute_type                = var.platform.build.compute_type
    privileged_mode             = false

    dynamic "environment_variable" {
      for_each = merge(local.deploy_build_environment, each.key == "build" ? {} : local.deploy_environment_variables[each.key])

      content {
        name  = environment_variable.key
        value = environment_variable.value
        type  = "PLAINTEXT"
      }
    }
  }

  logs_config {
    cloudwatch_logs {
      status     = "ENABLED"
      group_name = aws_cloudwatch_log_group.deploy[each.key].name
    }
  }

  dynamic "vpc_config" {
    for_each = var.platform.network[*]

    content {
      vpc_id             = vpc_config.value.vpc_id
      subnets            = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  depends_on = [aws_iam_role_policy.deploy]
}

resource "aws_cloudwatch_log_group" "deploy" {
  for_each = local.deploy_builds

  name              = "/aws/codebuild/${local.deploy_name}-${each.key}"
  retention_in_days = var.platform.log_retention_days
  kms_key_id        = var.platform.kms_key_arn
}

locals {
  # The contract with the deploy repository (deploy/context.py): nothing secret, and empty values stand for nothing.
  deploy_build_environment = {
    for name, value in {
      SAGEMAKER_PROJECT_NAME     = var.project.name
      SAGEMAKER_PROJECT_ID       = var.project.id
      MODEL_PACKAGE_GROUP_NAME   = aws_sagemaker_model_package_group.models.model_package_group_name
      ARTIFACT_BUCKET            = aws_s3_bucket.artifacts.bucket
      KMS_KEY_ARN                = var.platform.kms_key_arn
      DEPLOY_PIPELINE_NAME       = local.deploy_name
      TERRAFORM_ARCHIVE          = local.deploys && try(var.platform.deploy.mirror, null) != null ? "s3://${var.platform.object_bucket}/${var.platform.deploy.mirror.terraform_key}" : ""
      TERRAFORM_PROVIDER_ARCHIVE = local.deploys && try(var.platform.deploy.mirror, null) != null ? "s3://${var.platform.object_bucket}/${var.platform.deploy.mirror.provider_key}" : ""
    } : name => value if value != ""
  }

  deploy_environment_variables = {
    for environment, target in local.deploy_environments : environment => {
      for name, value in {
        DEPLOY_ENVIRONMENT        = environment
        DEPLOY_ENDPOINT_ROLE_ARN  = local.deploy_endpoint_role_arns[environment]
        DEPLOY_DATA_URI           = target == null ? "s3://${aws_s3_bucket.artifacts.bucket}/deploy/${environment}" : "s3://${target.data_bucket}/${var.project.id}/${environment}"
        DEPLOY_KMS_KEY_ARN        = target == null ? var.platform.kms_key_arn : target.kms_key_arn
        DEPLOY_TOPIC_ARN          = target == null ? aws_sns_topic.deploy["deploy"].arn : coalesce(target.topic_arn, "none")
        DEPLOY_LOG_RETENTION_DAYS = tostring(var.platform.log_retention_days)
        DEPLOY_TARGET_ROLE_ARN    = target == null ? "none" : target.role_arn
        DEPLOY_EXTERNAL_ID        = target == null ? "none" : target.external_id
        DEPLOY_SUBNET_IDS         = join(",", try(target == null ? var.platform.network.subnet_ids : target.network.subnet_ids, []))
        DEPLOY_SECURITY_GROUP_IDS = join(",", try(target == null ? var.platform.network.security_group_ids : target.network.security_group_ids, []))
      } : name => value if !contains(["", "none"], value)
    }
  }
}
