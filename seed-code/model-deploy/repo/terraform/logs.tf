# Made here, before a container can write: a group that SageMaker makes keeps its lines for ever, and unencrypted.
resource "aws_cloudwatch_log_group" "endpoint" {
  for_each = local.endpoint

  name              = "/aws/sagemaker/Endpoints/${each.value}"
  retention_in_days = var.environment.log_retention_days
  kms_key_id        = var.environment.kms_key_arn
}
