terraform {
  # 1.11: write-only arguments keep the GitHub credential out of state and plan.
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
    tags = merge(var.tags, { "sagemaker-projects:platform" = var.name })
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

  # SageMaker gives every project an id `p-<letters and digits>`, and every resource of a project is called
  # `ml-<id>-…`. The dash after `p` matters: `ml-p*` would also match this package's own functions. No name of a project has
  # "sagemaker" in it: AmazonSageMakerFullAccess, which Studio roles usually have, opens what has (docs/adr/0128).
  project_names = "ml-p-*"
  role_path     = "/${var.name}/projects/"
  # What stands before the id: products with Terraform of their own are handed it.
  project_prefix = trimsuffix(local.project_names, "p-*")

  regional_arn = "${local.region}:${local.account_id}"
}
