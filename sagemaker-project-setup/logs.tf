# Made here, before anything can write: the roles may not create groups, so no group outlives the project, and none
# exists without retention and encryption.
resource "aws_cloudwatch_log_group" "build" {
  name              = "/aws/codebuild/${local.build_name}"
  retention_in_days = var.platform.log_retention_days
  kms_key_id        = var.platform.kms_key_arn
}

resource "aws_cloudwatch_log_group" "seed" {
  name              = "/aws/lambda/${local.seed_name}"
  retention_in_days = var.platform.log_retention_days
  kms_key_id        = var.platform.kms_key_arn
}
