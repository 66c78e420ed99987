resource "aws_cloudwatch_log_group" "runner" {
  name              = "/${var.name}/runner"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.platform.arn
}
