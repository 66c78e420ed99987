resource "aws_codepipeline" "deploy" {
  for_each = local.deploy_once

  name           = local.deploy_name
  role_arn       = aws_iam_role.deploy["pipeline"].arn
  pipeline_type  = "V2"
  execution_mode = "SUPERSEDED" # of executions that wait for a stage, the newest gets it; one that waits for its approval keeps that stage

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.artifacts.bucket

    encryption_key {
      type = "KMS"
      id   = var.platform.kms_key_arn
    }
  }

  trigger {
    provider_type = "CodeStarSourceConnection"

    git_configuration {
      source_action_name = "Source"

      push {
        branches {
          includes = [var.project.branch]
        }
      }
    }
  }

  stage {
    name = "Source"

    action {
      name             = "Source"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeStarSourceConnection"
      version          = "1"
      output_artifacts = ["DeploySource"]

      configuration = {
        ConnectionArn        = var.project.connection_arn
        FullRepositoryId     = local.deploy_repository
        BranchName           = var.project.branch
        OutputArtifactFormat = "CODE_ZIP"
        DetectChanges        = "false" # the trigger does
      }
    }
  }

  stage {
    name = "Build"

    action {
      name             = "Build"
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      namespace        = "Build"
      input_artifacts  = ["DeploySource"]
      output_artifacts = ["Deployment"] # the repository, and build/deployment.json: what every environment gets

      configuration = {
        ProjectName          = aws_codebuild_project.deploy["build"].name
        EnvironmentVariables = jsonencode([{ name = "PIPELINE_EXECUTION_ID", value = "#{codepipeline.PipelineExecutionId}", type = "PLAINTEXT" }])
      }
    }
  }

  dynamic "stage" {
    for_each = local.deploy_stages

    content {
      name = stage.value.name

      dynamic "action" {
        for_each = stage.value.environment[*]

        content {
          name            = stage.value.name
          category        = "Build"
          owner           = "AWS"
          provider        = "CodeBuild"
          version         = "1"
          input_artifacts = ["Deployment"]

          configuration = {
            ProjectName = aws_codebuild_project.deploy[action.value].name
            EnvironmentVariables = jsonencode([
              { name = "DEPLOY_STEP", value = stage.value.step, type = "PLAINTEXT" },
              { name = "PIPELINE_EXECUTION_ID", value = "#{codepipeline.PipelineExecutionId}", type = "PLAINTEXT" },
            ])
          }
        }
      }

      dynamic "action" {
        for_each = stage.value.environment == null ? ["Approval"] : []

        content {
          name     = action.value
          category = "Approval"
          owner    = "AWS"
          provider = "Manual"
          version  = "1"

          # The console's address is that of the partition `aws`; in others there is no link rather than a wrong one.
          configuration = merge({
            NotificationArn = aws_sns_topic.deploy["deploy"].arn
            CustomData      = "Project ${var.project.name}: deploy model version #{Build.MODEL_PACKAGE_VERSION} (commit #{Build.MODEL_COMMIT}, approved by #{Build.MODEL_APPROVER}) to production? #{Build.MODEL_NOTE}"
            }, local.partition != "aws" ? {} : {
            ExternalEntityLink = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${local.prefix}-staging-endpoint"
          })
        }
      }
    }
  }

  # Creating a pipeline starts its first execution: by then the seed is there, and every role may do its part.
  depends_on = [
    aws_lambda_invocation.deploy_seed,
    aws_iam_role_policy.deploy,
    aws_iam_role_policy.endpoint,
    aws_sns_topic_policy.deploy,
    aws_s3_bucket_policy.artifacts,
    aws_s3_bucket_ownership_controls.artifacts,
    aws_s3_bucket_versioning.artifacts,
    aws_s3_bucket_server_side_encryption_configuration.artifacts,
  ]
}

locals {
  deploy_stages = [
    { name = "Staging", environment = "staging", step = "apply" },
    { name = "SmokeTest", environment = "staging", step = "test" },
    { name = "Approval", environment = null, step = null },
    { name = "Production", environment = "prod", step = "apply" },
    { name = "Verify", environment = "prod", step = "verify" },
  ]
}
