# The foundation, as every environment has it; an environment's own unit says what differs.
terraform {
  source = "${get_repo_root()}/foundation"
}

locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
}

inputs = {
  name          = "ml-${local.environment.name}"
  network       = { nat = local.environment.nat }
  data          = {}
  studio        = { roles = { data-scientist = { read = ["raw"], write = ["processed", "models"] } }, users = local.environment.users }
  logs_and_jobs = { clean_up = { mode = local.environment.clean_up, areas = ["models"] } }
}
