terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge(var.tags, { "sagemaker-projects:target" = local.name })
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
  region     = data.aws_region.current.id

  name = "${var.platform.name}-${var.environment}"

  # S3 for models and data, SNS for what the endpoint tells. Disks have grants.
  services_with_the_key = [for service in ["s3", "sns"] : "${service}.${local.region}.${local.dns_suffix}"]

  # What the project of a session may touch: the tag comes with the session (role-deployment.tf), so that one role serves
  # every project and each reaches its own.
  own_names     = "ml-$${aws:PrincipalTag/sagemaker:project-id}-${var.environment}-*"
  sagemaker_arn = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
}
