module "notebooks" {
  source = "./modules/notebooks"

  name                     = "${var.platform.project_prefix}${var.project.id}"
  kms_key_arn              = var.platform.kms_key_arn
  network                  = var.platform.network
  role_path                = var.platform.role_path
  permissions_boundary_arn = var.platform.permissions_boundary_arn
  idle_timeout_minutes     = var.parameters.IdleMinutes
  policy_arns              = var.platform.settings.policy_arns

  instances = {
    workbench = { instance_type = var.parameters.InstanceType, volume_gb = var.parameters.VolumeGigabytes }
  }

  # Notebooks that know which project they belong to.
  notebooks = one([
    for notebooks in var.platform.settings.notebooks[*] : merge(notebooks, {
      placeholders = { PROJECT_NAME = var.project.name, PROJECT_ID = var.project.id }
    })
  ])

  # The address was typed by a person: the team's password goes to the team's git host and to no other.
  code_repository = var.parameters.GitRepoURL == "" ? null : {
    url         = var.parameters.GitRepoURL
    secret_name = local.own_git_host ? var.platform.settings.git_secret_name : null
  }
}

locals {
  git_base_url = trimsuffix(coalesce(var.platform.settings.git_base_url, var.platform.git_base_url), "/")
  own_git_host = startswith(var.parameters.GitRepoURL, "${local.git_base_url}/") && !can(regex("/[.]{1,2}(/|$)", var.parameters.GitRepoURL))
}

output "result" {
  description = "Name of the instance; the project shows it as its Result."
  value       = module.notebooks.instance_names["workbench"]
}
