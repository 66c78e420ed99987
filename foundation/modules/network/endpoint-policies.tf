# What an endpoint lets through. A policy here grants nothing: roles do. It keeps credentials of other accounts out (nobody's
# access key, pasted into a notebook, works here) and data in (no bucket of another account can be written).
locals {
  accounts = concat([local.account_id], var.trusted_account_ids)

  own_statement = {
    Sid       = "OwnPrincipalsOnOwnResources"
    Effect    = "Allow"
    Principal = "*"
    Action    = "*"
    Resource  = "*"
    Condition = {
      StringEquals = {
        "aws:PrincipalAccount" = local.accounts
        "aws:ResourceAccount"  = local.accounts
      }
    }
  }

  # CodePipeline, SageMaker and others use what a role of this account gave them, as themselves.
  service_statement = {
    Sid       = "AwsServicesOnOwnResources"
    Effect    = "Allow"
    Principal = "*"
    Action    = "*"
    Resource  = "*"
    Condition = {
      Bool         = { "aws:PrincipalIsAWSService" = "true" }
      StringEquals = { "aws:ResourceAccount" = local.accounts }
    }
  }

  account_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.own_statement, local.service_statement]
  })

  # cfn-init and cfn-signal of an instance sign with the instance's identity document, not as a principal of the account (AWS
  # CloudFormation user guide, "CloudFormation helper scripts"): such a request has no aws:PrincipalAccount.
  stacks_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.own_statement, local.service_statement, {
      Sid       = "InstancesAskForTheirStack"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["cloudformation:DescribeStackResource", "cloudformation:SignalResource"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:ResourceAccount" = local.accounts } }
    }]
  })

  # AWS keeps its framework images in accounts of its own, one per region. Reading only.
  images_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.own_statement, local.service_statement, {
      Sid       = "ReadAwssImages"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.accounts } }
    }]
  })

  # What AWS keeps in buckets of its own. Most of it is fetched without a signature or with a signed address.
  aws_buckets = {
    packages      = ["amazonlinux-2-repos-${local.region}", "al2023-repos-${local.region}-de612dc2", "amazonlinux.${local.region}.${local.dns_suffix}"]
    images        = ["prod-${local.region}-starport-layer-bucket"]
    bootstrapping = ["cloudformation-examples", "codedeploy-${local.region}"]
    models        = ["jumpstart-cache-prod-${local.region}", "sagemaker-sample-files"]
  }
  # CloudFormation's custom resources and wait conditions answer to signed addresses.
  answer_buckets = ["cloudformation-custom-resource-response-${replace(local.region, "-", "")}", "cloudformation-waitcondition-${local.region}"]

  s3_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.own_statement,
      local.service_statement,
      {
        Sid       = "ReadWhatAwsOffers"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = [for bucket in flatten(values(local.aws_buckets)) : "arn:${local.partition}:s3:::${bucket}/*"]
      },
      {
        Sid       = "AnswerCloudFormation"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = [for bucket in local.answer_buckets : "arn:${local.partition}:s3:::${bucket}/*"]
      },
    ]
  })
}
