# Without a target role, everything is made in the account of the build itself.
provider "aws" {
  region = var.environment.region

  dynamic "assume_role" {
    for_each = var.environment.target[*]

    content {
      role_arn     = assume_role.value.role_arn
      external_id  = assume_role.value.external_id
      session_name = "deploy-${var.environment.project_id}-${var.environment.name}"
      # The role in the other account allows what is named after the project of this tag, and nothing else.
      tags = { "sagemaker:project-id" = var.environment.project_id }
    }
  }

  default_tags {
    tags = {
      "sagemaker:project-name" = var.environment.project_name
      "sagemaker:project-id"   = var.environment.project_id
      "deploy:environment"     = var.environment.name
    }
  }
}
