# Where the jobs write their logs.
data "aws_iam_policy_document" "execution_logs" {
  statement {
    sid     = "FindJobLogs"
    actions = ["logs:CreateLogGroup", "logs:DescribeLogStreams"]
    # Any resource: SageMaker keeps one group per kind of job and account. IAM compares actions on a group with its ARN
    # and `:log-stream:`, so the pattern ends in `:*` (CloudWatch Logs user guide, "ARN formats").
    resources = [
      for kind in ["ProcessingJobs", "TrainingJobs"] :
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/${kind}:*"
    ]
  }

  statement {
    sid     = "WriteJobLogs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # Any resource: in those groups every job has a stream under its own name, which does not carry the project.
    resources = [
      for kind in ["ProcessingJobs", "TrainingJobs"] :
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/${kind}:log-stream:pipelines-*"
    ]
  }
}
