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
  nat         = "single" # the seed function and the builds reach github.com
}

output "network" {
  description = "For package 1's variable network."
  value       = module.network.network
}

output "runner" {
  description = "For package 1's variable runner."
  value       = module.network.runner
}
