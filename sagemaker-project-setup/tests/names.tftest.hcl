# What a project is made of, read from the plan: no credentials, no network.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "everything_is_named_after_the_project" {
  command = plan

  assert {
    condition     = aws_s3_bucket.artifacts.bucket == "ml-p-abc123-123456789012-eu-central-1"
    error_message = "bucket: ${aws_s3_bucket.artifacts.bucket}"
  }
  assert {
    condition     = aws_codebuild_project.build.name == "ml-p-abc123-build" && aws_codepipeline.build.name == "ml-p-abc123-build"
    error_message = "build and pipeline are both called ml-<id>-build"
  }
  assert {
    condition     = aws_lambda_function.seed.function_name == "ml-p-abc123-seed"
    error_message = "function: ${aws_lambda_function.seed.function_name}"
  }

  assert {
    condition = (
      aws_lambda_function.seed.environment[0].variables.SEED_BASE_URL == var.platform.github.base_url &&
      aws_lambda_function.seed.environment[0].variables.SEED_API_URL == var.platform.github.api_url
    )
    error_message = "the function must know the only host that its credential is for"
  }
  assert {
    condition     = aws_sagemaker_code_repository.build.code_repository_name == "ml-p-abc123-build"
    error_message = "code repository: ${aws_sagemaker_code_repository.build.code_repository_name}"
  }
  assert {
    condition     = aws_sagemaker_model_package_group.models.model_package_group_name == "Churn-p-abc123"
    error_message = "model package group: ${aws_sagemaker_model_package_group.models.model_package_group_name}"
  }
  assert {
    condition     = aws_cloudwatch_log_group.build.name == "/aws/codebuild/ml-p-abc123-build" && aws_cloudwatch_log_group.seed.name == "/aws/lambda/ml-p-abc123-seed"
    error_message = "the services write to groups of exactly these names"
  }
}

run "every_role_has_boundary_path_and_name" {
  command = plan

  assert {
    condition = alltrue([
      for name, role in { seed = aws_iam_role.seed, build = aws_iam_role.build, pipeline = aws_iam_role.pipeline, execution = aws_iam_role.execution } :
      role.permissions_boundary == var.platform.permissions_boundary_arn && role.path == "/sagemaker-projects/projects/" && role.name == "ml-p-abc123-${name}"
    ])
    error_message = "a role without the boundary, outside the path, or with another name"
  }
}

run "logs_are_kept_for_a_while_and_encrypted" {
  command = plan

  assert {
    condition = alltrue([
      for group in [aws_cloudwatch_log_group.build, aws_cloudwatch_log_group.seed] :
      group.retention_in_days == 90 && group.kms_key_id == var.platform.kms_key_arn
    ])
    error_message = "a log group without retention or key"
  }
}

run "the_bucket_is_closed_encrypted_and_versioned" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.artifacts.block_public_acls,
      aws_s3_bucket_public_access_block.artifacts.block_public_policy,
      aws_s3_bucket_public_access_block.artifacts.ignore_public_acls,
      aws_s3_bucket_public_access_block.artifacts.restrict_public_buckets,
      aws_s3_bucket_versioning.artifacts.versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_ownership_controls.artifacts.rule).object_ownership == "BucketOwnerEnforced",
    ])
    error_message = "public access, versioning or ownership"
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.artifacts.rule :
      rule.bucket_key_enabled && one(rule.apply_server_side_encryption_by_default).kms_master_key_id == var.platform.kms_key_arn
    ])
    error_message = "encryption with the platform's key and a bucket key"
  }
}

run "the_build_is_told_what_the_contract_says" {
  command = plan

  assert {
    condition = {
      for variable in aws_codebuild_project.build.environment[0].environment_variable : variable.name => variable.value
      } == {
      SAGEMAKER_PROJECT_NAME      = "Churn"
      SAGEMAKER_PROJECT_ID        = "p-abc123"
      SAGEMAKER_PIPELINE_NAME     = "Churn-p-abc123"
      SAGEMAKER_PIPELINE_ROLE_ARN = aws_iam_role.execution.arn
      MODEL_PACKAGE_GROUP_NAME    = "Churn-p-abc123"
      ARTIFACT_BUCKET             = "ml-p-abc123-123456789012-eu-central-1"
      KMS_KEY_ARN                 = var.platform.kms_key_arn
    }
    error_message = "the environment of the build is a contract with the seeds"
  }
  assert {
    condition     = !aws_codebuild_project.build.environment[0].privileged_mode && aws_codebuild_project.build.encryption_key == var.platform.kms_key_arn
    error_message = "privileged, or not encrypted with the platform's key"
  }
}

run "the_seed_event_is_the_contract" {
  command = plan

  assert {
    condition = jsondecode(aws_lambda_invocation.seed.input) == {
      project = { name = "Churn", id = "p-abc123" }
      repository = {
        full_name   = "example-org/churn"
        url         = "https://github.com/example-org/churn"
        branch      = "main"
        create      = true
        visibility  = "private"
        description = "SageMaker project Churn (p-abc123)"

        on_existing_content = "leave"
      }
      host = { base_url = "https://github.com", api_url = "https://api.github.com" }
      seed = {
        name    = "model-build"
        release = "1.0.0"
        bucket  = var.platform.object_bucket
        key     = var.platform.seed.key
        sha256  = var.platform.seed.sha256
      }
      credential = { secret_arn = var.platform.github.secret_arn }
      context = {
        region                   = "eu-central-1"
        account_id               = "123456789012"
        model_package_group_name = "Churn-p-abc123"
        pipeline_name            = "Churn-p-abc123"
        artifact_bucket          = "ml-p-abc123-123456789012-eu-central-1"
      }
    }
    error_message = "event: ${aws_lambda_invocation.seed.input}"
  }
  assert {
    condition     = aws_lambda_function.seed.source_code_hash == base64sha256("hello")
    error_message = "the sha256 of the release in hexadecimal and Lambda's in base64 must be the same digest"
  }
}

run "a_push_to_the_branch_starts_the_pipeline_once" {
  command = plan

  assert {
    condition     = aws_codepipeline.build.pipeline_type == "V2" && aws_codepipeline.build.trigger[0].git_configuration[0].push[0].branches[0].includes[0] == "main"
    error_message = "a V2 pipeline with a trigger for the branch"
  }
  assert {
    condition = aws_codepipeline.build.stage[0].action[0].configuration == tomap({
      ConnectionArn        = var.project.connection_arn
      FullRepositoryId     = "example-org/churn"
      BranchName           = "main"
      OutputArtifactFormat = "CODE_ZIP"
      DetectChanges        = "false"
    })
    error_message = "the source action"
  }
}

run "outputs_tell_what_happened" {
  command = plan

  assert {
    condition     = output.commit_sha == "c0ffee" && output.seed_status == "created" && output.release == "1.0.0"
    error_message = "outputs come from the seed's result and the release"
  }
}
