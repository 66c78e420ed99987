# What every unit below has in common: where its state lies, and its region. Account and bucket come from the credentials in use.
locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  account_id  = get_aws_account_id()
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
