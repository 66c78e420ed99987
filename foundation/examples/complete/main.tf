terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# All parts, with what one hands to the other.
module "foundation" {
  source = "../.."

  name    = "example"
  network = { nat = "single" }
  data    = {}
  studio = {
    roles = { data-scientist = { read = ["raw"], write = ["processed", "models"] } }
    users = { ada = {} }
  }
  notebooks        = { instances = { ada = {} }, delivered = {}, read = ["raw"] }
  aurora_inference = { endpoint_names = ["churn-production"], new_cluster = {} }
  logs_and_jobs    = { clean_up = { areas = ["models"] } }
}

output "service_catalog_setup" {
  description = "For package 1, by its variables' names."
  value       = module.foundation.service_catalog_setup
}
