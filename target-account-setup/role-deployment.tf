# The one role that the platform's projects assume here; trust.tf says who and as whom. The session carries the project's id
# as a tag, and everything below is limited to the names of that project.
resource "aws_iam_role" "deployment" {
  name                 = "${local.name}-deployment"
  description          = "Assumed by the projects of ${var.platform.name} to deploy to ${var.environment}"
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = local.trust_statements })
}

resource "aws_iam_role_policy" "deployment" {
  #checkov:skip=CKV_AWS_355:Listing knows no resources, and a target of autoscaling has no name.
  #checkov:skip=CKV_AWS_290:A target of autoscaling has no name; tags and the namespace are the limit.
  name   = "deployment"
  role   = aws_iam_role.deployment.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.deployment_statements })
}

locals {
  scalable_targets_arn = "arn:${local.partition}:application-autoscaling:${local.region}:${local.account_id}:scalable-target/*"
  own_tags             = { (local.project_tag) = "$${aws:PrincipalTag/${local.project_tag}}", "deploy:environment" = var.environment }

  # IfExists: requests about tags know no namespace.
  only_sagemaker = { "application-autoscaling:service-namespace" = "sagemaker" }

  hosting_kinds = ["endpoint", "endpoint-config", "data-quality-job-definition", "monitoring-schedule", "transform-job"]

  deployment_statements = [
    {
      Sid    = "Hosting"
      Effect = "Allow"
      Action = concat(
        flatten([for kind in ["Endpoint", "EndpointConfig", "MonitoringSchedule"] : [for verb in ["Create", "Delete", "Describe"] : "sagemaker:${verb}${kind}"]]),
        ["sagemaker:DeleteDataQualityJobDefinition", "sagemaker:DescribeDataQualityJobDefinition"],
        ["sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"],
        ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync", "sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities", "sagemaker:UpdateMonitoringSchedule"],
        ["sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"],
      )
      Resource = [for kind in local.hosting_kinds : "${local.sagemaker_arn}:${kind}/${local.own_names}"]
    },
    {
      Sid      = "Models"
      Effect   = "Allow"
      Action   = ["sagemaker:AddTags", "sagemaker:DeleteModel", "sagemaker:DeleteTags", "sagemaker:DescribeModel", "sagemaker:ListTags"]
      Resource = "${local.sagemaker_arn}:model/${local.own_names}"
    },
    {
      # All projects' containers run as one role here, those of monitoring too. Without a network they cannot use it.
      Sid       = "ContainersWithoutNetwork"
      Effect    = "Allow"
      Action    = ["sagemaker:CreateDataQualityJobDefinition", "sagemaker:CreateModel"]
      Resource  = [for kind in ["data-quality-job-definition", "model"] : "${local.sagemaker_arn}:${kind}/${local.own_names}"]
      Condition = { Bool = { "sagemaker:NetworkIsolation" = "true" } }
    },
    {
      Sid       = "PassEndpointRole"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = aws_iam_role.endpoint.arn
      Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
    },
    {
      Sid    = "Watching"
      Effect = "Allow"
      Action = [
        "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
        "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
      ]
      Resource = [
        "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.own_names}",
        "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:TargetTracking-endpoint/${local.own_names}",
        "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${local.own_names}",
      ]
    },
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = concat(
        [for kind in ["DataQualityJobDefinitions", "EndpointConfigs", "Endpoints", "Models", "MonitoringSchedules", "TransformJobs"] : "sagemaker:List${kind}"],
        ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies", "cloudwatch:DescribeAlarms", "cloudwatch:ListDashboards", "logs:DescribeLogGroups"],
      )
      Resource = "*"
    },
    {
      # A target has no name: its tags say whose it is, and one that is there has them already.
      Sid      = "RegisterForAutoscaling"
      Effect   = "Allow"
      Action   = ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
      Resource = local.scalable_targets_arn
      Condition = {
        StringEquals         = { for tag, value in local.own_tags : "aws:RequestTag/${tag}" => value }
        StringEqualsIfExists = merge({ for tag, value in local.own_tags : "aws:ResourceTag/${tag}" => value }, local.only_sagemaker)
      }
    },
    {
      Sid    = "Autoscaling"
      Effect = "Allow"
      Action = [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:ListTagsForResource",
        "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:UntagResource",
      ]
      Resource = local.scalable_targets_arn
      Condition = {
        StringEquals         = { for tag, value in local.own_tags : "aws:ResourceTag/${tag}" => value }
        StringEqualsIfExists = local.only_sagemaker
      }
    },
    {
      Sid       = "RoleOfAutoscaling"
      Effect    = "Allow"
      Action    = "iam:CreateServiceLinkedRole"
      Resource  = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*"
      Condition = { StringEquals = { "iam:AWSServiceName" = "sagemaker.application-autoscaling.amazonaws.com" } }
    },
    {
      Sid    = "EndpointLogs"
      Effect = "Allow"
      Action = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
      Resource = [
        for end in ["", ":*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/Endpoints/${local.own_names}${end}"
      ]
    },
    {
      Sid      = "OwnData"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.data.arn}/$${aws:PrincipalTag/${local.project_tag}}/${var.environment}/*"
    },
    {
      Sid       = "FindOwnData"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = aws_s3_bucket.data.arn
      Condition = { StringLike = { "s3:prefix" = "$${aws:PrincipalTag/${local.project_tag}}/*" } }
    },
    {
      Sid       = "UseTheKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = aws_kms_key.target.arn
      Condition = { StringEquals = { "kms:ViaService" = local.services_with_the_key } }
    },
    {
      Sid      = "DescribeTheKey"
      Effect   = "Allow"
      Action   = "kms:DescribeKey"
      Resource = aws_kms_key.target.arn
    },
    {
      Sid       = "GrantVolumeKey"
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = aws_kms_key.target.arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
  ]
}
