# The most a role of a deployment can ever do. A boundary of its own: the roles that build and train get nothing more because
# other projects deploy.
resource "aws_iam_policy" "deploy_boundary" {
  for_each = local.deploy_once

  name        = "${var.name}-deploy-boundary"
  description = "Upper bound of every role of a SageMaker project's deployment"
  policy      = jsonencode({ Version = "2012-10-17", Statement = concat(local.deploy_boundary_statements, local.boundary_network_statements, local.deploy_boundary_elsewhere) })
}

locals {
  # What an environment's names begin with, for any project.
  deploy_names      = [for name in ["staging", "prod"] : "${local.project_names}-${name}-*"]
  deploy_cloudwatch = "arn:${local.partition}:cloudwatch:${local.regional_arn}:alarm"

  # By position, shared with the platform's own boundary: buckets, releases, key, grants; not the credential of the git host.
  deploy_boundary_statements = concat(
    [for statement in local.boundary_statements : statement if contains(["ArtifactBuckets", "ReadReleases", "UseTheKey", "LetServicesUseTheKey", "Builds", "Connections", "PassProjectRoles", "PullImages", "Telemetry"], statement.Sid)],
    [
      {
        Sid    = "Logs"
        Effect = "Allow"
        Action = ["logs:AssociateKmsKey", "logs:Create*", "logs:DeleteLogGroup", "logs:Describe*", "logs:List*", "logs:PutLogEvents", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = [
          for group in ["codebuild/${local.project_names}", "sagemaker/*"] : "arn:${local.partition}:logs:${local.regional_arn}:log-group:/aws/${group}"
        ]
      },
      {
        Sid      = "Hosting"
        Effect   = "Allow"
        Action   = ["sagemaker:AddTags", "sagemaker:Create*", "sagemaker:Delete*", "sagemaker:Describe*", "sagemaker:InvokeEndpoint*", "sagemaker:ListTags", "sagemaker:Stop*", "sagemaker:Update*"]
        Resource = flatten([for kind in ["model", "endpoint-config", "endpoint", "data-quality-job-definition", "monitoring-schedule", "transform-job"] : [for name in local.deploy_names : "${local.sagemaker_arn}:${kind}/${name}"]])
      },
      {
        Sid      = "Registry"
        Effect   = "Allow"
        Action   = "sagemaker:DescribeModelPackage"
        Resource = "${local.sagemaker_arn}:model-package/*-p-*/*"
      },
      {
        Sid      = "Watching"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "cloudwatch:Put*", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = flatten([for name in local.deploy_names : ["${local.deploy_cloudwatch}:${name}", "${local.deploy_cloudwatch}:TargetTracking-endpoint/${name}", "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${name}"]])
      },
      {
        # Listing knows no resources.
        Sid      = "Look"
        Effect   = "Allow"
        Action   = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies", "cloudwatch:DescribeAlarms", "logs:DescribeLogGroups", "sagemaker:ListModelPackages"]
        Resource = "*"
      },
      {
        # A target has no name. IfExists: requests about tags know no namespace.
        Sid       = "Autoscaling"
        Effect    = "Allow"
        Action    = [for action in ["DeleteScalingPolicy", "DeregisterScalableTarget", "ListTagsForResource", "PutScalingPolicy", "RegisterScalableTarget", "TagResource", "UntagResource"] : "application-autoscaling:${action}"]
        Resource  = "arn:${local.partition}:application-autoscaling:${local.regional_arn}:scalable-target/*"
        Condition = { StringEqualsIfExists = { "application-autoscaling:service-namespace" = "sagemaker" } }
      },
      {
        Sid       = "RoleOfAutoscaling"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "*"
        Condition = { StringEquals = { "iam:AWSServiceName" = "sagemaker.application-autoscaling.${local.dns_suffix}" } }
      },
      {
        Sid      = "Pipelines"
        Effect   = "Allow"
        Action   = ["codepipeline:ListActionExecutions", "codepipeline:ListPipelineExecutions", "codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution"]
        Resource = "arn:${local.partition}:codepipeline:${local.regional_arn}:${local.project_names}-deploy"
      },
      {
        Sid      = "Topics"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = "arn:${local.partition}:sns:${local.regional_arn}:${local.project_names}-deploy"
      },
    ],
  )

  deploy_boundary_elsewhere = length(local.deploy_targets) == 0 ? [] : [
    {
      Sid      = "OtherAccounts"
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = distinct([for target in local.deploy_targets : target.role_arn])
    },
  ]
}
