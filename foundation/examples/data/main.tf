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

module "data" {
  source = "../../modules/data"

  name         = "example"
  kms_key_arn  = module.key.arn
  areas        = { raw = { infrequent_access_after_days = 90 }, models = { noncurrent_days = 365 } }
  sample_files = { "penguins/penguins.csv" = "${path.module}/../../../seed-code/model-build/repo/data/penguins.csv" }
}

output "locations" {
  description = "Where each area lies."
  value       = module.data.locations
}
