terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "owner" { type = string }

provider "aws" {
  max_retries = 1
  default_tags { tags = { "sagemaker:project-id" = "p-terraform" } }
}

resource "aws_sagemaker_code_repository" "this" {
  code_repository_name = var.name
  git_config {
    repository_url = "https://github.com/example-org/sample.git"
    branch         = "main"
  }
  tags = { owner = var.owner }
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = var.name
  model_package_group_description = "made by Terraform"
  tags                            = { owner = var.owner }
}
