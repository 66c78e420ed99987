locals {
  # SageMaker Pipelines names a job `pipelines-<execution>-<step>-<token>`: the project is not part of it.
  processing_job_arns = ["${local.sagemaker_arn}:processing-job/pipelines-*"]
  training_job_arns   = ["${local.sagemaker_arn}:training-job/pipelines-*"]
}

# What the pipeline does, as the role: it starts the jobs of its steps, follows them, and registers the model.
data "aws_iam_policy_document" "execution_jobs" {
  statement {
    sid     = "RunJobs"
    actions = ["sagemaker:AddTags", "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
    # Any resource: job names do not carry the project. A job made with this role can only be given this role, and so
    # reaches this project's data only.
    resources = concat(local.processing_job_arns, local.training_job_arns)
  }

  statement {
    sid = "FollowJobs"
    actions = [
      "sagemaker:DescribeProcessingJob",
      "sagemaker:DescribeTrainingJob",
      "sagemaker:StopProcessingJob",
      "sagemaker:StopTrainingJob",
    ]
    # Any resource: as above, the names do not tell the projects apart.
    resources = concat(local.processing_job_arns, local.training_job_arns)
  }

  statement {
    # Each step passes the role on to its job.
    sid       = "PassExecutionRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "execution_registry" {
  statement {
    sid = "RegisterModel"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateModelPackage",
      "sagemaker:DescribeModelPackage",
      "sagemaker:DescribeModelPackageGroup",
    ]
    resources = flatten([
      for name in local.sagemaker_spellings : [
        "${local.sagemaker_arn}:model-package-group/${name}",
        "${local.sagemaker_arn}:model-package/${name}/*",
      ]
    ])
  }
}
