# Package 1's variables from the foundation's state, as a file that Terraform loads by itself:
#
#   terraform init && terraform apply -var state_bucket=… -var state_key=…
#   terraform output -raw tfvars > ../../../service-catalog-setup/foundation.auto.tfvars.json
#
# Nobody copies an identifier. (Terragrunt does the same with a dependency block: ../terragrunt/.)
terraform {
  required_version = ">= 1.11"
}

variable "state_bucket" {
  description = "Bucket that holds the foundation's state."
  type        = string
  nullable    = false
}

variable "state_key" {
  description = "Key of the foundation's state in that bucket."
  type        = string
  default     = "foundation/terraform.tfstate"
  nullable    = false
}

data "terraform_remote_state" "foundation" {
  backend = "s3"

  config = {
    bucket = var.state_bucket
    key    = var.state_key
  }
}

output "tfvars" {
  description = "studio_execution_role_arns, network and runner of package 1, as JSON."
  value       = jsonencode(data.terraform_remote_state.foundation.outputs.service_catalog_setup)
}
