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
  nat         = "single" # the code repository is on github.com
}

module "data" {
  source = "../../modules/data"

  name        = "example"
  kms_key_arn = module.key.arn
  areas       = { raw = {} }
}

module "notebooks" {
  source = "../../modules/notebooks"

  name            = "example"
  kms_key_arn     = module.key.arn
  network         = module.network.network
  instances       = { ada = {}, grace = { instance_type = "ml.m5.xlarge", volume_gb = 50 } }
  code_repository = { url = "https://github.com/example-org/analysis.git" }
  policy_arns     = module.data.read_policy_arns

  notebooks = {
    bucket       = module.data.locations["raw"].bucket
    prefix       = "notebooks/"
    placeholders = { BUCKET = module.data.locations["raw"].bucket }
  }
}

output "instances" {
  description = "Names of the instances."
  value       = module.notebooks.instance_names
}
