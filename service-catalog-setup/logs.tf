resource "aws_cloudwatch_log_group" "runner" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the account owner's choice (log_retention_days); run records stay beside the state.
  name              = "/${var.name}/runner"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.platform.arn
}
