locals {
  # SageMaker Pipelines names a job `pipelines-<execution>-<step>-<token>`: the project is not part of it.
  processing_job_arns = ["${local.sagemaker_arn}:processing-job/pipelines-*"]
  training_job_arns   = ["${local.sagemaker_arn}:training-job/pipelines-*"]
  job_arns            = concat(local.processing_job_arns, local.training_job_arns)
}

# What the pipeline does, as the role: it starts the jobs of its steps, follows them, and registers the model.
data "aws_iam_policy_document" "execution_jobs" {
  statement {
    sid     = "RunJobs"
    actions = ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
    # Any resource: job names do not carry the project. A job made by this role can be given this role only, and so
    # reaches this project's data only.
    resources = local.job_arns

    condition {
      # A job may go without the tag; it may not pose as another project's.
      test     = "StringEqualsIfExists"
      variable = "aws:RequestTag/sagemaker:project-id"
      values   = [var.project.id]
    }

    # Disks and results under the platform's key or the bucket's own, which is the same; never under somebody else's. IfExists:
    # instances with disks of their own take no key. Two names each: AWS's pages and its reference data disagree, and the
    # one that no request has asks for nothing.
    dynamic "condition" {
      for_each = toset(["OutputKmsKey", "OutputKmsKeyArn", "VolumeKmsKey", "VolumeKmsKeyArn"])

      content {
        test     = "ArnEqualsIfExists"
        variable = "sagemaker:${condition.key}"
        values   = [var.platform.kms_key_arn]
      }
    }
  }

  statement {
    sid     = "TagJobs"
    actions = ["sagemaker:AddTags"]
    # Any resource: as for RunJobs, and while such a job is created only. A job that runs keeps its tags.
    resources = local.job_arns

    condition {
      test     = "StringEquals"
      variable = "sagemaker:TaggingAction"
      values   = ["CreateProcessingJob", "CreateTrainingJob"]
    }
  }

  statement {
    sid     = "FollowJobs"
    actions = ["sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob"]
    # Any resource: as for RunJobs. With a condition on tags, a step that forgot them could not be followed to its end.
    resources = local.job_arns
  }

  statement {
    sid     = "StopJobs"
    actions = ["sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob"]
    # Any resource: as for RunJobs; the tag keeps it to this project's jobs.
    resources = local.job_arns

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/sagemaker:project-id"
      values   = [var.project.id]
    }
  }

  statement {
    # Each step passes the role on to its job.
    sid       = "PassExecutionRole"
    actions   = ["iam:PassRole"]
    resources = [local.execution_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
}

locals {
  model_group_arns   = [for name in local.sagemaker_spellings : "${local.sagemaker_arn}:model-package-group/${name}"]
  model_package_arns = [for name in local.sagemaker_spellings : "${local.sagemaker_arn}:model-package/${name}/*"]
}

data "aws_iam_policy_document" "execution_registry" {
  statement {
    sid       = "RegisterModel"
    actions   = ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"]
    resources = concat(local.model_group_arns, local.model_package_arns)
  }

  statement {
    # The step RegisterModel begins by creating the group. The answer it has to get is that the group exists, not that it
    # may not ask.
    sid       = "FindModelGroup"
    actions   = ["sagemaker:CreateModelPackageGroup"]
    resources = local.model_group_arns
  }

  statement {
    sid       = "TagModelGroup"
    actions   = ["sagemaker:AddTags"]
    resources = local.model_group_arns

    condition {
      test     = "StringEquals"
      variable = "sagemaker:TaggingAction"
      values   = ["CreateModelPackageGroup"]
    }
  }
}
