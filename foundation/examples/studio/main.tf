terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# Part of the foundation, alone. The account and the region are those of the credentials in use.
module "key" {
  source = "../../modules/key"

  name = "example"
}

module "network" {
  source = "../../modules/network"

  name        = "example"
  kms_key_arn = module.key.arn
}

module "studio" {
  source = "../../modules/studio"

  name        = "example"
  kms_key_arn = module.key.arn
  network     = module.network.network
  roles       = { data-scientist = {}, reviewer = { run_jobs = false, projects = false, approve_models = true } }
  users       = { ada = { role = "data-scientist" }, grace = { role = "reviewer" } }
}

output "studio_execution_role_arns" {
  description = "For package 1's variable of this name."
  value       = module.studio.project_role_arns
}
