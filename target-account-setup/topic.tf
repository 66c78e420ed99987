# Told when an alarm of an endpoint fires. Subscribe to it.
resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  display_name      = "ML ${var.environment}"
  kms_master_key_id = aws_kms_key.target.arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:ml-p-*" } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

# Shared by everything of the account that runs such jobs.
resource "aws_cloudwatch_log_group" "jobs" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the account owner's choice.
  for_each = var.job_log_groups ? toset(["ProcessingJobs", "TransformJobs"]) : toset([])

  name              = "/aws/sagemaker/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.target.arn
}
