# What a deletion removes that no Terraform of the platform has made: everything under the names of an environment.
resource "aws_iam_role_policy" "teardown_deploy" {
  #checkov:skip=CKV_AWS_355:Listing knows no resources, and a target of autoscaling has no name.
  #checkov:skip=CKV_AWS_290:Autoscaling's targets have no names; they are removed by their endpoints' names.
  for_each = local.deploy_once

  name   = "deployments"
  role   = aws_iam_role.teardown_build.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.teardown_deploy_statements, local.teardown_deploy_elsewhere) })
}

locals {
  # The environment `dev` is made by hand; a deletion removes it as well.
  deleted_names = [for name in ["dev", "staging", "prod"] : "${local.project_names}-${name}-*"]

  teardown_deploy_statements = [
    {
      Sid    = "Find"
      Effect = "Allow"
      Action = concat(
        [for kind in ["DataQualityJobDefinitions", "EndpointConfigs", "Endpoints", "Models", "MonitoringSchedules", "TransformJobs"] : "sagemaker:List${kind}"],
        ["application-autoscaling:DescribeScalableTargets", "cloudwatch:DescribeAlarms", "cloudwatch:ListDashboards"],
      )
      Resource = "*"
    },
    {
      Sid      = "RemoveHosting"
      Effect   = "Allow"
      Action   = [for kind in ["DataQualityJobDefinition", "Endpoint", "EndpointConfig", "Model", "MonitoringSchedule"] : "sagemaker:Delete${kind}"]
      Resource = flatten([for kind in ["model", "endpoint-config", "endpoint", "data-quality-job-definition", "monitoring-schedule"] : [for name in local.deleted_names : "${local.sagemaker_arn}:${kind}/${name}"]])
    },
    {
      Sid      = "StopTransforms"
      Effect   = "Allow"
      Action   = "sagemaker:StopTransformJob"
      Resource = [for name in local.deleted_names : "${local.sagemaker_arn}:transform-job/${name}"]
    },
    {
      Sid      = "RemoveWatching"
      Effect   = "Allow"
      Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards"]
      Resource = flatten([for name in local.deleted_names : ["arn:${local.partition}:cloudwatch:${local.regional_arn}:alarm:${name}", "arn:${local.partition}:cloudwatch:${local.regional_arn}:alarm:TargetTracking-endpoint/${name}", "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${name}"]])
    },
    {
      Sid       = "RemoveAutoscaling"
      Effect    = "Allow"
      Action    = "application-autoscaling:DeregisterScalableTarget"
      Resource  = local.scalable_targets_arn
      Condition = { StringEquals = { "application-autoscaling:service-namespace" = "sagemaker" } }
    },
    {
      Sid      = "RemoveEndpointLogs"
      Effect   = "Allow"
      Action   = "logs:DeleteLogGroup"
      Resource = flatten([for name in local.deleted_names : [for end in ["", ":*"] : "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/sagemaker/Endpoints/${name}${end}"]])
    },
  ]

  teardown_deploy_elsewhere = length(local.deploy_accounts) == 0 ? [] : [
    {
      Sid      = "OtherAccounts"
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = distinct([for account in values(local.deploy_accounts) : account.role_arn])
    },
  ]
}
