# Statements that several roles need. The key belongs to the whole account; what keeps projects apart is that KMS sees,
# in the encryption context, which bucket or secret it decrypts for, and that it is asked through that service only.
data "aws_iam_policy_document" "artifacts_key" {
  statement {
    sid       = "ArtifactsKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.platform.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.${local.dns_suffix}"]
    }

    condition {
      # The bucket's ARN with a bucket key; the object's for objects written without one.
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [local.artifacts_arn, "${local.artifacts_arn}/*"]
    }
  }
}

# What containers need from AWS itself, those of jobs and those of endpoints.
data "aws_iam_policy_document" "containers" {
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

# Network interfaces in the platform's own subnets, for the roles whose code runs there.
data "aws_iam_policy_document" "network" {
  count = var.platform.network == null ? 0 : 1

  statement {
    sid     = "DescribeNetwork"
    actions = ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
    # Any resource: EC2's describe calls know no resource-level permissions.
    resources = ["*"]
  }

  statement {
    sid     = "CreateNetworkInterface"
    actions = ["ec2:CreateNetworkInterface"]
    # Any resource: an interface has no name before it exists; the subnets and groups beside it are the limit.
    resources = concat(
      ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"],
      local.subnet_arns,
      [for id in var.platform.network.security_group_ids : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${id}"],
    )
  }

  statement {
    sid     = "DeleteNetworkInterface"
    actions = ["ec2:DeleteNetworkInterface"]
    # Any resource: interfaces are named by EC2; only those in the platform's subnets can be meant.
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Subnet"
      values   = local.subnet_arns
    }
  }
}

# SageMaker lends the interfaces of jobs in a VPC to itself (developer guide, "Give SageMaker training jobs access to resources in
# your Amazon VPC").
data "aws_iam_policy_document" "sagemaker_network" {
  count = var.platform.network == null ? 0 : 1

  statement {
    sid     = "LendNetworkInterface"
    actions = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterfacePermission"]
    # Any resource: interfaces are named by EC2; only those in the platform's subnets can be meant.
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Subnet"
      values   = local.subnet_arns
    }
  }
}

locals {
  subnet_arns = [
    for id in try(var.platform.network.subnet_ids, []) : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:subnet/${id}"
  ]
}
