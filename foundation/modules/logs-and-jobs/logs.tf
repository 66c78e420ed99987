# SageMaker makes these groups itself when the first job, app or endpoint writes, without retention and without the key. Made
# here before that, they have both.
locals {
  log_groups = concat(
    [for group in var.log_groups : "/aws/sagemaker/${group}"],
    [for endpoint in var.endpoint_names : "/aws/sagemaker/Endpoints/${endpoint}"],
  )
}

resource "aws_cloudwatch_log_group" "sagemaker" {
  #checkov:skip=CKV_AWS_338:The retention is the account's choice (retention_days); 90 days unless it says otherwise.
  for_each = toset(local.log_groups)

  name              = each.value
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}
