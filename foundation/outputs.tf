output "service_catalog_setup" {
  description = "What package 1 takes from here, by its variables' names; a part that was not made hands over nothing."
  value = {
    for variable, value in {
      studio_execution_role_arns = one(module.studio[*].project_role_arns)
      network                    = one(module.network[*].network)
      runner                     = one(module.network[*].runner)
    } : variable => value if value != null
  }
}

output "kms_key_arn" {
  description = "Key of data, volumes and logs."
  value       = local.kms_key_arn
}

output "network" {
  description = "Part 1: the VPC, its private subnets and groups; null without it."
  value = one([for made in module.network[*] : merge(made.network, {
    endpoint_security_group_id = made.endpoint_security_group_id
    endpoint_ids               = made.endpoint_ids
  })])
}

output "data" {
  description = "Part 2: where each area lies, and the policies that let roles read and write it; null without it."
  value = one([for made in module.data[*] : {
    locations         = made.locations
    bucket_arns       = made.bucket_arns
    read_policy_arns  = made.read_policy_arns
    write_policy_arns = made.write_policy_arns
  }])
}

output "studio" {
  description = "Part 3: the domain, its address, roles and profiles; null without it."
  value = one([for made in module.studio[*] : {
    domain_id           = made.domain_id
    url                 = made.domain_url
    execution_role_arns = made.execution_role_arns
    user_profile_arns   = made.user_profile_arns
  }])
}

output "notebooks" {
  description = "Part 4: instances with their addresses, and their role; null without it."
  value       = one([for made in module.notebooks[*] : { names = made.instance_names, urls = made.urls, role_arn = made.role_arn }])
}

output "aurora_inference" {
  description = "Part 5: the cluster, its role and its secret; null without it."
  value = one([for made in module.aurora_inference[*] : {
    cluster_identifier = made.cluster_identifier
    endpoint           = made.cluster_endpoint
    database_name      = made.database_name
    role_arn           = made.role_arn
    secret_arn         = made.master_user_secret_arn
    sql_directory      = made.sql_directory
  }])
}

output "logs_and_jobs" {
  description = "Part 6: log groups that are owned, and the clean-up's automation; null without it."
  value       = one([for made in module.logs_and_jobs[*] : { log_groups = made.log_group_names, clean_up = made.clean_up_document }])
}
