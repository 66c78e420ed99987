# The most the two roles can ever do, whatever policy they are given later. Never in it: IAM beside passing the one role.
resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_355:An upper bound by service; the roles' own policies name the resources.
  #checkov:skip=CKV_AWS_290:An upper bound by service allows nobody to write anything; the roles' own policies name the resources.
  #checkov:skip=CKV_AWS_288:An upper bound by service allows nobody to read data; the roles' own policies name the resources.
  #checkov:skip=CKV_AWS_289:An upper bound by service allows nobody to manage permissions; the roles' own policies name the resources.
  name        = "${local.name}-boundary"
  description = "Upper bound of the roles of ${local.name}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ServicesOfADeployment"
        Effect   = "Allow"
        Action   = ["cloudwatch:*", "ec2:*NetworkInterface*", "ec2:Describe*", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "logs:*", "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "sagemaker:*", "sns:Publish"]
        Resource = "*"
      },
      {
        # Listing knows no resources.
        Sid      = "Look"
        Effect   = "Allow"
        Action   = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"]
        Resource = "*"
      },
      {
        # A target has no name.
        Sid    = "Autoscaling"
        Effect = "Allow"
        Action = [
          "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:ListTagsForResource",
          "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource",
          "application-autoscaling:UntagResource",
        ]
        Resource  = local.scalable_targets_arn
        Condition = { StringEqualsIfExists = local.only_sagemaker }
      },
      {
        Sid      = "PassTheEndpointRole"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = "arn:${local.partition}:iam::${local.account_id}:role/${local.name}-endpoint"
      },
      {
        Sid       = "RoleOfAutoscaling"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = "sagemaker.application-autoscaling.amazonaws.com" } }
      },
    ]
  })
}
