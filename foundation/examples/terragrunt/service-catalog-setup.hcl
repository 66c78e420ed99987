# Package 1, in the foundation's network and for its Studio users. The release is built before: make release VERSION=…
terraform {
  source = "${get_repo_root()}/service-catalog-setup"
}

dependency "foundation" {
  config_path = "${get_terragrunt_dir()}/../foundation"

  # A plan of everything, before the foundation is there. An apply never takes these.
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs = {
    service_catalog_setup = {
      studio_execution_role_arns = ["arn:aws:iam::111122223333:role/not-made-yet"]
      network                    = { vpc_id = "vpc-0", subnet_ids = ["subnet-0"], security_group_ids = ["sg-0"] }
      runner                     = { subnet_id = "subnet-0", security_group_id = "sg-0" }
    }
  }
}

locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
}

inputs = merge(dependency.foundation.outputs.service_catalog_setup, {
  release_dir         = "${get_repo_root()}/build/release"
  connection_arn      = get_env("CONNECTION_ARN")
  deletion_protection = local.environment.name == "prod"
})
