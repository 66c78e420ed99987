# The role of the registration's LogRoleArn: CloudFormation sends the type's log and metrics with it. AWS documents no source
# condition for its trust (the CloudFormation CLI makes it without one), so it can do nothing else (docs/adr/0151).
resource "aws_iam_role" "command_runner_log" {
  name        = "${var.name}-command-runner-log"
  description = "Log and metrics of the CommandRunner resource type"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "resources.cloudformation.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "command_runner_log" {
  #checkov:skip=CKV_AWS_290:Metrics know no resources.
  #checkov:skip=CKV_AWS_355:Neither metrics nor the listing of groups know resources.
  name = "type-log"
  role = aws_iam_role.command_runner_log.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogOfTheType"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.runner.arn}:*"]
      },
      {
        # The registration checks the group by listing; metrics know no resources.
        Sid      = "LogGroupsAndMetricsOfTheType"
        Effect   = "Allow"
        Action   = ["logs:DescribeLogGroups", "cloudwatch:PutMetricData"]
        Resource = "*"
      },
    ]
  })
}
