output "environment" {
  description = "Goes to package 1 as it is: environments = { <environment> = { … } }."
  value = {
    account_id        = local.account_id
    role_arn          = aws_iam_role.deployment.arn
    external_id       = var.external_id
    endpoint_role_arn = aws_iam_role.endpoint.arn
    data_bucket       = aws_s3_bucket.data.bucket
    kms_key_arn       = aws_kms_key.target.arn
    topic_arn         = aws_sns_topic.alarms.arn
    network           = var.network
  }
}
