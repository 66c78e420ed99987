# What the build of one environment may do: change what is named after this project and this environment, and read what was
# promoted. In another account it may do nothing here but keep its state, and assume the one role there.
data "aws_iam_policy_document" "deploy_environment" {
  for_each = local.deploy_environments

  source_policy_documents = concat(
    [data.aws_iam_policy_document.artifacts_key.json, data.aws_iam_policy_document.deploy_tools["deploy"].json],
    contains(local.deploy_here, each.key) ? [data.aws_iam_policy_document.deploy_hosting[each.key].json, data.aws_iam_policy_document.deploy_watching[each.key].json] : [],
    data.aws_iam_policy_document.network[*].json,
    data.aws_iam_policy_document.build_network[*].json,
  )

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.deploy_log_arns[each.key]}:*"]
  }

  statement {
    sid       = "ReadPromotedModels"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [local.deploy_models_arn, local.deploy_artifacts_arn]
  }

  statement {
    sid       = "StateAndRecords"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.artifacts_arn}/deploy/${each.key}/*"]
  }

  statement {
    # Nothing else is deleted: the records of deployments stay, and what is overwritten stays as a version.
    sid       = "GiveBackTheLock"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.artifacts_arn}/deploy/${each.key}/terraform.tfstate.tflock"]
  }

  statement {
    # Once more before something is deployed: an approval may have been taken back while the execution waited.
    sid       = "ReadApprovals"
    actions   = ["sagemaker:DescribeModelPackage"]
    resources = local.model_package_arns
  }

  dynamic "statement" {
    for_each = each.key == "prod" ? ["staging"] : []

    content {
      sid       = "ReadWhatStagingRuns"
      actions   = ["s3:GetObject"]
      resources = ["${local.artifacts_arn}/deploy/${statement.value}/live.json"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "prod" ? [local.deploy_arn] : []

    content {
      sid       = "ReadWhoApproved"
      actions   = ["codepipeline:ListActionExecutions"]
      resources = [statement.value]
    }
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.artifacts_arn]
  }

  dynamic "statement" {
    for_each = { for name, target in local.deploy_elsewhere : name => target if name == each.key }

    content {
      sid       = "ActInTheOtherAccount"
      actions   = ["sts:AssumeRole", "sts:TagSession"]
      resources = [statement.value.role_arn]
    }
  }
}

data "aws_iam_policy_document" "deploy_hosting" {
  for_each = local.deploy_here

  statement {
    sid = "Hosting"
    actions = flatten([
      [for kind in ["Model", "EndpointConfig", "Endpoint", "DataQualityJobDefinition", "MonitoringSchedule"] : ["sagemaker:Create${kind}", "sagemaker:Delete${kind}", "sagemaker:Describe${kind}"]],
      ["sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities", "sagemaker:UpdateMonitoringSchedule"],
      ["sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"],
      ["sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags", "sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"],
    ])
    resources = [
      for kind in ["model", "endpoint-config", "endpoint", "data-quality-job-definition", "monitoring-schedule", "transform-job"] :
      "${local.sagemaker_arn}:${kind}/${local.prefix}-${each.key}-*"
    ]
  }

  statement {
    sid       = "PassEndpointRole"
    actions   = ["iam:PassRole"]
    resources = [local.deploy_own_endpoint_roles[each.key]]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  statement {
    sid       = "DescribeKey"
    actions   = ["kms:DescribeKey"]
    resources = [var.platform.kms_key_arn]
  }

  statement {
    # SageMaker keeps a grant for the disks of the instances; only AWS may be given one.
    sid       = "GrantVolumeKey"
    actions   = ["kms:CreateGrant"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "deploy_watching" {
  #checkov:skip=CKV_AWS_356:Listing alarms, targets and log groups knows no resources, or is checked against all.
  for_each = local.deploy_here

  statement {
    sid     = "AlarmsAndDashboards"
    actions = ["cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
    resources = [
      "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.prefix}-${each.key}-*",
      # Autoscaling names the alarms of a policy itself, after the endpoint.
      "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:TargetTracking-endpoint/${local.prefix}-${each.key}-*",
      "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${local.prefix}-${each.key}-*",
    ]
  }

  statement {
    sid     = "Look"
    actions = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies", "cloudwatch:DescribeAlarms", "logs:DescribeLogGroups"]
    # Any resource: listing knows no resource-level permissions, or is checked against all.
    resources = ["*"]
  }

  statement {
    sid     = "RegisterForAutoscaling"
    actions = ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
    # Any resource: a target's ARN is made of random characters. The tags are those of this project and environment, and one
    # that is there has them already, or none (docs/adr/0147).
    resources = local.scalable_target_arns

    dynamic "condition" {
      for_each = { "aws:RequestTag" = "StringEquals", "aws:ResourceTag" = "StringEqualsIfExists" }

      content {
        test     = condition.value
        variable = "${condition.key}/sagemaker:project-id"
        values   = [var.project.id]
      }
    }

    dynamic "condition" {
      for_each = { "aws:RequestTag" = "StringEquals", "aws:ResourceTag" = "StringEqualsIfExists" }

      content {
        test     = condition.value
        variable = "${condition.key}/deploy:environment"
        values   = [each.key]
      }
    }

    condition {
      test     = "StringEqualsIfExists" # requests about tags know no namespace
      variable = "application-autoscaling:service-namespace"
      values   = ["sagemaker"]
    }
  }

  statement {
    sid     = "Autoscaling"
    actions = ["application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:ListTagsForResource", "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:UntagResource"]
    # Any resource: as above; the tags are the limit.
    resources = local.scalable_target_arns

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/sagemaker:project-id"
      values   = [var.project.id]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/deploy:environment"
      values   = [each.key]
    }

    condition {
      test     = "StringEqualsIfExists" # requests about tags know no namespace
      variable = "application-autoscaling:service-namespace"
      values   = ["sagemaker"]
    }
  }

  statement {
    sid       = "RoleOfAutoscaling"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["sagemaker.application-autoscaling.amazonaws.com"]
    }
  }

  statement {
    sid     = "EndpointLogs"
    actions = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
    resources = flatten([
      for end in ["", ":*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/Endpoints/${local.prefix}-${each.key}-*${end}"
    ])
  }
}

locals {
  scalable_target_arns = ["arn:${local.partition}:application-autoscaling:${local.region}:${local.account_id}:scalable-target/*"]
}
