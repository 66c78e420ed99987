terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.100 is what the tests run on; nothing used here was removed or deprecated in 6.
      version = ">= 5.100, < 7"
    }
  }

  # The runner passes bucket, key and lock table.
  backend "s3" {}
}

provider "aws" {
  # Studio finds the resources of a project by these two tags.
  default_tags {
    tags = merge(var.platform.tags, {
      "sagemaker:project-name"     = var.project.name
      "sagemaker:project-id"       = var.project.id
      "sagemaker-projects:release" = var.platform.release
    })
  }
}
