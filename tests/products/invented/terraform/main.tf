# A product in one file.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
  backend "s3" {}
}

provider "aws" {
  default_tags {
    tags = { "sagemaker:project-name" = var.project.name, "sagemaker:project-id" = var.project.id }
  }
}

variable "project" {
  type = object({ id = string, name = string })
}

variable "parameters" {
  type = object({ Note = string })

  # As strict as the form, which is not the only way in.
  validation {
    condition     = can(regex("^[^\\r\\n]{1,200}$", var.parameters.Note))
    error_message = "Note must be one line of 1 to 200 characters."
  }
}

variable "platform" {
  type = object({ project_prefix = string, settings = object({ tier = string }) })
}

resource "aws_ssm_parameter" "note" {
  name  = "${var.platform.project_prefix}${var.project.id}-note"
  type  = "String"
  tier  = var.platform.settings.tier
  value = var.parameters.Note
}

output "result" {
  value = aws_ssm_parameter.note.name
}
