terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  max_retries = 1
}

variable "product_id" {
  type = string
}

variable "artifact_id" {
  type = string
}

variable "repository" {
  type    = string
  default = "owner/terraform"
}

resource "aws_sagemaker_project" "this" {
  project_name = "terraform"

  service_catalog_provisioning_details {
    product_id = var.product_id

    provisioning_parameter {
      key   = "Repository"
      value = var.repository
    }
  }

  tags = { team = "ml" }
}

resource "aws_servicecatalog_provisioned_product" "this" {
  name                     = "terraform"
  product_id               = var.product_id
  provisioning_artifact_id = var.artifact_id

  dynamic "provisioning_parameters" {
    for_each = {
      Repository           = var.repository
      SageMakerProjectName = "terraform"
      SageMakerProjectId   = "p-terraform"
    }
    content {
      key   = provisioning_parameters.key
      value = provisioning_parameters.value
    }
  }
}

data "aws_servicecatalog_launch_paths" "this" {
  product_id = var.product_id
}

output "launch_path" {
  value = data.aws_servicecatalog_launch_paths.this.summaries[0].name
}
