resource "aws_codebuild_project" "build" {
  name           = local.build_name
  description    = "Builds ${var.project.repository} and runs the SageMaker pipeline of ${var.project.name}."
  service_role   = aws_iam_role.build.arn
  encryption_key = var.platform.kms_key_arn
  build_timeout  = var.platform.build.timeout_minutes
  queued_timeout = 60

  source {
    type      = "CODEPIPELINE"
    buildspec = "buildspec.yml"
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
      for_each = local.build_environment

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
      group_name = aws_cloudwatch_log_group.build.name
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

  # With a VPC, CodeBuild checks the role's permissions when the project is made.
  depends_on = [aws_iam_role_policy.build]
}

locals {
  # The contract with the seeds: everything their build needs to know about the project, and nothing secret.
  build_environment = merge({
    SAGEMAKER_PROJECT_NAME      = var.project.name
    SAGEMAKER_PROJECT_ID        = var.project.id
    SAGEMAKER_PIPELINE_NAME     = local.sagemaker_name
    SAGEMAKER_PIPELINE_ROLE_ARN = aws_iam_role.execution.arn
    MODEL_PACKAGE_GROUP_NAME    = aws_sagemaker_model_package_group.models.model_package_group_name
    ARTIFACT_BUCKET             = aws_s3_bucket.artifacts.bucket
    KMS_KEY_ARN                 = var.platform.kms_key_arn
    }, [
    for network in var.platform.network[*] : {
      VPC_SUBNET_IDS         = join(",", network.subnet_ids)
      VPC_SECURITY_GROUP_IDS = join(",", network.security_group_ids)
    }
  ]...)
}
