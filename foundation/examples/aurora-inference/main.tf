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

module "aurora_inference" {
  source = "../../modules/aurora-inference"

  name           = "example"
  endpoint_names = ["churn-production"]

  # For a cluster that is there already: cluster_identifier = "shop" instead.
  new_cluster = {
    network                    = module.network.network
    endpoint_security_group_id = module.network.endpoint_security_group_id
    client_security_group_ids  = { workloads = module.network.security_group_id }
    kms_key_arn                = module.key.arn
  }
}

output "connect_to" {
  description = "Address of the database."
  value       = module.aurora_inference.cluster_endpoint
}
