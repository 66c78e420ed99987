# What every unit below has in common: where its state lies, and its region. Each environment is an account of its own.
locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals

  # The credentials of another account end here: the environment's own is the only key.
  account_id = { (local.environment.account_id) = local.environment.account_id }[get_aws_account_id()]
}

remote_state {
  backend = "s3"

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }

  config = {
    bucket       = "terragrunt-state-${local.account_id}-${local.environment.region}"
    key          = "${path_relative_to_include()}/terraform.tfstate"
    region       = local.environment.region
    encrypt      = true
    use_lockfile = true
  }
}

inputs = {
  region = local.environment.region
  tags   = { environment = local.environment.name }
}
