# One group per kind of job and account, whoever's job it is. Opt-in: SageMaker may have made them already.
resource "aws_cloudwatch_log_group" "jobs" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the account owner's choice (log_retention_days).
  for_each = var.job_log_groups ? toset(["ProcessingJobs", "TrainingJobs", "TransformJobs"]) : toset([])

  name              = "/aws/sagemaker/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.platform.arn
}
