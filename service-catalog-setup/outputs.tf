output "state_bucket" {
  description = "Bucket with the projects' state, run records and releases."
  value       = aws_s3_bucket.state.id
}

output "lock_table" {
  description = "DynamoDB table that locks the states."
  value       = aws_dynamodb_table.locks.name
}

output "kms_key_arn" {
  description = "Key that encrypts state, logs, secrets and artifacts."
  value       = aws_kms_key.platform.arn
}

output "github_secret_name" {
  description = "Secret with the GitHub token. To rotate it: new TF_VAR_github_token, github_token_version + 1, apply."
  value       = aws_secretsmanager_secret.github.name
}

output "log_group" {
  description = "Log group of the runner: look here first when a project fails."
  value       = aws_cloudwatch_log_group.runner.name
}

output "portfolio_id" {
  description = "Service Catalog portfolio with the products."
  value       = aws_servicecatalog_portfolio.projects.id
}

output "products" {
  description = "Product id by key, for `aws sagemaker create-project --service-catalog-provisioning-details ProductId=…`."
  value       = { for key, product in aws_servicecatalog_product.project : key => product.id }
}

output "provisioning_artifacts" {
  description = "Provisioning artifact id by product and release."
  value       = { for key, artifact in aws_servicecatalog_provisioning_artifact.release : key => artifact.provisioning_artifact_id }
}

output "release" {
  description = "Version that new projects get."
  value       = local.current_release
}

output "launch_role_arn" {
  description = "Role through which Service Catalog launches the products."
  value       = aws_iam_role.launch.arn
}

output "runner_role_arn" {
  description = "Role of the instances that apply a project's Terraform."
  value       = aws_iam_role.runner.arn
}

output "command_runner_role_arn" {
  description = "Execution role to register AWSUtility::CloudFormation::CommandRunner with."
  value       = aws_iam_role.command_runner.arn
}

output "project_boundary_arn" {
  description = "Permissions boundary of every role of a project."
  value       = aws_iam_policy.project_boundary.arn
}

output "notification_topic_arn" {
  description = "Topic that tells failed runs and drift; null if nobody is told."
  value       = local.notify_topic
}

output "watch_function" {
  description = "Function that knows which projects exist: aws lambda invoke with {\"query\": \"usage\"} lists them."
  value       = aws_lambda_function.watch.function_name
}

output "next_steps" {
  description = "What to do now, as text."
  value       = <<-TEXT
    1. Register the CommandRunner, once per account and region (docs/operations.md says where its archive is):
         aws cloudformation register-type --region ${local.region} --type RESOURCE \
           --type-name AWSUtility::CloudFormation::CommandRunner \
           --schema-handler-package s3://<a bucket of yours>/awsutility-cloudformation-commandrunner.zip \
           --execution-role-arn ${aws_iam_role.command_runner.arn} \
           --logging-config LogRoleArn=${aws_iam_role.command_runner_log.arn},LogGroupName=${aws_cloudwatch_log_group.runner.name}
    2. Allow projects in Studio, once per account and region:
         aws sagemaker enable-sagemaker-servicecatalog-portfolio --region ${local.region}
    3. Create a project: Studio → Projects → Create project → Organization templates, or
         aws sagemaker create-project --region ${local.region} --project-name demo \
           --service-catalog-provisioning-details 'ProductId=${join("|", [for name, product in aws_servicecatalog_product.project : length(aws_servicecatalog_product.project) == 1 ? product.id : "${product.id} (${name})"])},ProvisioningParameters=[{Key=GitRepoName,Value=<owner>/<name>}]'
    4. Watch it: aws logs tail ${aws_cloudwatch_log_group.runner.name} --region ${local.region} --follow   (AWS CLI 2)
  TEXT
}
