output "repository_url" {
  description = "Address of the project's repository."
  value       = local.seed_result.repository_url
}

output "commit_sha" {
  description = "Commit that put the seed into the repository, or its head when there was content already."
  value       = local.seed_result.commit_sha
}

output "seed_status" {
  description = "What the seed function did: `created`, `unchanged` or `skipped`."
  value       = local.seed_result.status
}

output "pull_request_url" {
  description = "Pull request that proposes the seed to a branch which held other work, if there is one."
  value       = try(local.seed_result.pull_request_url, null)
}

output "pipeline_name" {
  description = "CodePipeline pipeline that a push to the branch starts."
  value       = aws_codepipeline.build.name
}

output "build_project_name" {
  description = "CodeBuild project that runs the repository's buildspec.yml."
  value       = aws_codebuild_project.build.name
}

output "sagemaker_pipeline_name" {
  description = "SageMaker pipeline that the build creates, updates and starts."
  value       = local.sagemaker_name
}

output "model_package_group_name" {
  description = "Group of the model registry that receives the project's models."
  value       = aws_sagemaker_model_package_group.models.model_package_group_name
}

output "artifact_bucket" {
  description = "Bucket with the project's code archives, data and models."
  value       = aws_s3_bucket.artifacts.bucket
}

output "execution_role_arn" {
  description = "Role under which the project's SageMaker jobs run."
  value       = aws_iam_role.execution.arn
}

output "log_groups" {
  description = "Log groups of the build and of the seed function."
  value = {
    build = aws_cloudwatch_log_group.build.name
    seed  = aws_cloudwatch_log_group.seed.name
  }
}

output "deploy" {
  description = "The deployment, if the product has one: repository, pipeline, topic, commit of the seed."
  value = local.deploys ? {
    repository_url = local.deploy_repository_url
    pipeline_name  = aws_codepipeline.deploy["deploy"].name
    topic_arn      = aws_sns_topic.deploy["deploy"].arn
    commit_sha     = jsondecode(aws_lambda_invocation.deploy_seed["deploy"].result).commit_sha
  } : null
}

output "release" {
  description = "Release of the platform that the project is on."
  value       = var.platform.release
}
