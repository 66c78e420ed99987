resource "aws_codepipeline" "build" {
  name           = local.delivery_name
  role_arn       = aws_iam_role.pipeline.arn
  pipeline_type  = "V2"
  execution_mode = "SUPERSEDED" # training costs money: of several waiting commits only the newest is built

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
      provider         = "CodeStarSourceConnection" # its name for connections of both ARN styles
      version          = "1"
      output_artifacts = ["Source"]

      configuration = {
        ConnectionArn        = var.project.connection_arn
        FullRepositoryId     = var.project.repository
        BranchName           = var.project.branch
        OutputArtifactFormat = "CODE_ZIP"
        # The trigger above detects changes; left to its default the action would detect them a second time.
        DetectChanges = "false"
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
      namespace        = "Build" # makes the variables that the buildspec exports visible
      input_artifacts  = ["Source"]
      output_artifacts = ["Build"]

      configuration = {
        ProjectName = aws_codebuild_project.build.name
      }
    }
  }

  # Creating a pipeline starts its first execution. By then the branch has to hold the seed (ADR 0022), the role has to
  # be allowed to read and build it, and the bucket has to be closed before anything is put into it.
  depends_on = [
    aws_lambda_invocation.seed,
    aws_iam_role_policy.pipeline,
    aws_iam_role_policy.execution,
    aws_s3_bucket_policy.artifacts,
    aws_s3_bucket_ownership_controls.artifacts,
    aws_s3_bucket_versioning.artifacts,
    aws_s3_bucket_server_side_encryption_configuration.artifacts,
  ]
}
