# What the containers of the jobs need from AWS itself.
data "aws_iam_policy_document" "execution_runtime" {
  statement {
    sid     = "SignInToRegistry"
    actions = ["ecr:GetAuthorizationToken"]
    # Any resource: the token is for the whole registry service; the next statement says what it opens.
    resources = ["*"]
  }

  statement {
    sid     = "PullFrameworkImage"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    # Any resource: SageMaker's images live in accounts of AWS that differ by region and framework. The condition below
    # leaves out this account, whose images belong to others.
    resources = [
      for name in ["sagemaker-*", "pytorch-*", "tensorflow-*", "huggingface-*", "autogluon-*"] :
      "arn:${local.partition}:ecr:${local.region}:*:repository/${name}"
    ]

    condition {
      test     = "StringNotEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account_id]
    }
  }

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

  statement {
    sid     = "PublishMetrics"
    actions = ["cloudwatch:PutMetricData"]
    # Any resource: metrics know no resource-level permissions; the namespace is the limit.
    resources = ["*"]

    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/*", "aws/sagemaker/*"]
    }
  }
}
