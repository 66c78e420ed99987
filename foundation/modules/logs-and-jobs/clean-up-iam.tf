# Two roles: one that the schedule starts the automation with, one that the automation works with.
resource "aws_iam_role" "schedule" {
  for_each = local.clean_ups

  name        = "${each.key}-schedule"
  description = "Starts the automation ${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  for_each = local.clean_ups

  name = "start"
  role = aws_iam_role.schedule[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ssm:StartAutomationExecution"
        Resource = "${replace(aws_ssm_document.clean_up[each.key].arn, ":document/", ":automation-definition/")}:*"
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = aws_iam_role.clean_up[each.key].arn
        Condition = { StringEquals = { "iam:PassedToService" = "ssm.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_iam_role" "clean_up" {
  for_each = local.clean_ups

  name        = each.key
  description = "Clears away what SageMaker jobs leave behind (${each.value.mode})"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ssm.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "clean_up" {
  for_each = local.clean_ups

  name = "clean-up"
  role = aws_iam_role.clean_up[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    # While it only reports, it may only look.
    Statement = concat(local.look_statements, [
      for statement in concat(local.delete_statements, local.output_delete_statements) : statement if each.value.mode == "delete"
    ])
  })
}

locals {
  sagemaker = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
  log_arn   = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group"
  job_arns  = ["${local.sagemaker}:training-job/*", "${local.sagemaker}:processing-job/*"]

  endpoint_log_arns = ["${local.log_arn}:/aws/sagemaker/Endpoints/*", "${local.log_arn}:/aws/sagemaker/Endpoints/*:*"]

  look_statements = concat(
    [
      {
        # Lists know no resources to name.
        Sid      = "Lists"
        Effect   = "Allow"
        Action   = ["logs:DescribeLogGroups", "sagemaker:ListEndpoints", "sagemaker:ListProcessingJobs", "sagemaker:ListTrainingJobs"]
        Resource = "*"
      },
      {
        Sid      = "LookAtJobs"
        Effect   = "Allow"
        Action   = ["sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob"]
        Resource = local.job_arns
      },
      {
        Sid      = "LookAtLogsOfEndpoints"
        Effect   = "Allow"
        Action   = ["logs:DescribeLogStreams", "logs:ListTagsForResource"]
        Resource = local.endpoint_log_arns
      },
    ],
    [
      for key, place in try(var.clean_up.outputs, {}) : {
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:${local.partition}:s3:::${place.bucket}"
        Condition = { StringLike = { "s3:prefix" = ["${place.prefix}*"] } }
      }
    ],
  )

  delete_statements = [
    {
      Sid      = "DeleteJobs"
      Effect   = "Allow"
      Action   = ["sagemaker:DeleteProcessingJob", "sagemaker:DeleteTrainingJob"]
      Resource = local.job_arns
    },
    {
      Sid      = "GiveRetention"
      Effect   = "Allow"
      Action   = "logs:PutRetentionPolicy"
      Resource = ["${local.log_arn}:/aws/sagemaker/*", "${local.log_arn}:/aws/sagemaker/*:*"]
    },
    {
      Sid      = "DeleteLogsOfEndpoints"
      Effect   = "Allow"
      Action   = "logs:DeleteLogGroup"
      Resource = local.endpoint_log_arns
    },
  ]

  # The buckets are versioned: what was deleted can be brought back until their lifecycle takes it.
  output_delete_statements = length(local.places) == 0 ? [] : [{
    Sid      = "DeleteOutputs"
    Effect   = "Allow"
    Action   = "s3:DeleteObject"
    Resource = [for place in local.places : "arn:${local.partition}:s3:::${place}*"]
  }]
}
