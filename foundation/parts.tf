# Every part is optional, and knows the others only by what is handed over here.
module "key" {
  source = "./modules/key"
  count  = var.kms_key_arn == null ? 1 : 0

  name = var.name
}

module "network" {
  source = "./modules/network"
  count  = length(var.network[*])

  name                    = var.name
  kms_key_arn             = local.kms_key_arn
  cidr_block              = var.network.cidr_block
  availability_zones      = var.network.availability_zones
  nat                     = var.network.nat
  interface_endpoints     = var.network.interface_endpoints
  trusted_account_ids     = var.network.trusted_account_ids
  flow_log_retention_days = var.network.flow_log_retention_days
}

module "data" {
  source = "./modules/data"
  count  = length(var.data[*])

  name              = var.name
  kms_key_arn       = local.kms_key_arn
  areas             = var.data.areas
  one_bucket        = var.data.one_bucket
  replication       = var.data.replication
  sample_files      = var.data.sample_files
  access_log_bucket = var.data.access_log_bucket
  delete_contents   = var.data.delete_contents
}

module "studio" {
  source = "./modules/studio"
  count  = length(var.studio[*])

  name                    = var.name
  kms_key_arn             = local.kms_key_arn
  network                 = local.network
  auth_mode               = var.studio.auth_mode
  default_role            = var.studio.default_role
  users                   = var.studio.users
  idle_timeout_minutes    = var.studio.idle_timeout_minutes
  space_storage_gb        = var.studio.space_storage_gb
  enable_projects         = var.studio.enable_projects
  delete_home_directories = var.studio.delete_home_directories

  roles = {
    for name, role in var.studio.roles : name => {
      run_jobs       = role.run_jobs
      projects       = role.projects
      approve_models = role.approve_models
      workbenches    = role.workbenches
      policy_arns = merge(
        { for area in role.read : "read-${area}" => module.data[0].read_policy_arns[area] },
        { for area in role.write : "write-${area}" => module.data[0].write_policy_arns[area] },
        role.policy_arns,
      )
    }
  }
}

module "notebooks" {
  source = "./modules/notebooks"
  count  = length(var.notebooks[*])

  name                 = var.name
  kms_key_arn          = local.kms_key_arn
  network              = local.network
  instances            = var.notebooks.instances
  platform             = var.notebooks.platform
  code_repository      = var.notebooks.code_repository
  idle_timeout_minutes = var.notebooks.idle_timeout_minutes

  notebooks = one([
    for delivered in var.notebooks.delivered[*] : {
      bucket       = module.data[0].locations[delivered.area].bucket
      prefix       = "${module.data[0].locations[delivered.area].prefix}${delivered.path}"
      folder       = delivered.folder
      placeholders = delivered.placeholders
    }
  ])
  policy_arns = merge(
    { for area in var.notebooks.read : "read-${area}" => module.data[0].read_policy_arns[area] },
    { for area in var.notebooks.write : "write-${area}" => module.data[0].write_policy_arns[area] },
    var.notebooks.policy_arns,
  )
}

module "aurora_inference" {
  source = "./modules/aurora-inference"
  count  = length(var.aurora_inference[*])

  name               = var.name
  endpoint_names     = var.aurora_inference.endpoint_names
  cluster_identifier = var.aurora_inference.cluster_identifier

  new_cluster = one([
    for cluster in var.aurora_inference.new_cluster[*] : merge(cluster, {
      network                    = local.network
      endpoint_security_group_id = local.endpoint_security_group_id
      client_security_group_ids  = { for index, id in local.network.security_group_ids : "workloads-${index}" => id }
      kms_key_arn                = local.kms_key_arn
    })
  ])
}

module "logs_and_jobs" {
  source = "./modules/logs-and-jobs"
  count  = length(var.logs_and_jobs[*])

  name           = var.name
  kms_key_arn    = local.kms_key_arn
  log_groups     = var.logs_and_jobs.log_groups
  endpoint_names = var.logs_and_jobs.endpoint_names
  retention_days = var.logs_and_jobs.retention_days

  clean_up = one([
    for clean_up in var.logs_and_jobs.clean_up[*] : {
      mode            = clean_up.mode
      schedule        = clean_up.schedule
      older_than_days = clean_up.older_than_days
      outputs         = { for area in clean_up.areas : area => module.data[0].locations[area] }
    }
  ])
}

locals {
  kms_key_arn = coalesce(var.kms_key_arn, one(module.key[*].arn))

  # Of the two at most one is given. No try(): over values that are not known yet it forgets even how many there are.
  network = one(concat(
    [for made in module.network[*] : { vpc_id = made.vpc_id, subnet_ids = made.network.subnet_ids, security_group_ids = [made.security_group_id] }],
    [for given in var.existing_network[*] : { vpc_id = given.vpc_id, subnet_ids = given.subnet_ids, security_group_ids = given.security_group_ids }],
  ))
  endpoint_security_group_id = one(concat(module.network[*].endpoint_security_group_id, var.existing_network[*].endpoint_security_group_id))
}
