variable "studio" {
  description = "Part 3, a Studio domain with users (modules/studio). read and write are areas of part 2; whoever writes reads. null makes none."
  type = object({
    auth_mode = optional(string)
    roles = optional(map(object({
      read           = optional(set(string), [])
      write          = optional(set(string), [])
      policy_arns    = optional(map(string), {})
      run_jobs       = optional(bool)
      projects       = optional(bool)
      approve_models = optional(bool)
      workbenches    = optional(set(string))
    })), { data-scientist = {} })
    default_role            = optional(string)
    users                   = optional(map(object({ role = optional(string), sso_user_name = optional(string) })))
    idle_timeout_minutes    = optional(number)
    space_storage_gb        = optional(object({ default = optional(number), maximum = optional(number) }))
    enable_projects         = optional(bool)
    delete_home_directories = optional(bool)
  })
  default = null

  validation {
    condition     = var.studio == null || var.network != null || var.existing_network != null
    error_message = "studio needs a VPC: give network or existing_network."
  }
  validation {
    condition = length(setsubtract(
      toset(flatten([for role in values(try(var.studio.roles, {})) : concat(tolist(role.read), tolist(role.write))])),
      local.area_names,
    )) == 0
    error_message = "studio.roles: read and write name areas that data does not have. Add them to data.areas, or give data = {} for raw, processed and models."
  }
}

variable "notebooks" {
  description = "Part 4, notebook instances (modules/notebooks). read and write are areas of part 2, and so is delivered.area, from which each instance gets its notebooks. null makes none."
  type = object({
    instances       = map(object({ instance_type = optional(string), volume_gb = optional(number), subnet = optional(number) }))
    platform        = optional(string)
    code_repository = optional(object({ url = string, branch = optional(string), secret_name = optional(string) }))
    delivered = optional(object({
      area         = optional(string, "raw")
      path         = optional(string, "notebooks/")
      folder       = optional(string)
      placeholders = optional(map(string))
    }))
    read                 = optional(set(string), [])
    write                = optional(set(string), [])
    policy_arns          = optional(map(string), {})
    idle_timeout_minutes = optional(number)
  })
  default = null

  validation {
    condition     = var.notebooks == null || var.network != null || var.existing_network != null
    error_message = "notebooks needs a VPC: give network or existing_network."
  }
  validation {
    condition = length(setsubtract(
      toset(flatten([
        for part in var.notebooks[*] : concat(tolist(part.read), tolist(part.write), [for delivered in part.delivered[*] : delivered.area])
      ])),
      local.area_names,
    )) == 0
    error_message = "notebooks: read, write and delivered.area name areas that data does not have. Add them to data.areas, or give data = {} for raw, processed and models."
  }
}

variable "aurora_inference" {
  description = "Part 5, an Aurora PostgreSQL cluster that may invoke endpoints (modules/aurora-inference): an existing one, or a new one in the VPC, which the workloads there may reach. null makes none."
  type = object({
    endpoint_names     = set(string)
    cluster_identifier = optional(string)
    new_cluster = optional(object({
      engine_version        = optional(string)
      database_name         = optional(string)
      minimum_acu           = optional(number)
      maximum_acu           = optional(number)
      backup_retention_days = optional(number)
      deletion_protection   = optional(bool)
      final_snapshot        = optional(bool)
    }))
  })
  default = null

  validation {
    condition     = try(var.aurora_inference.new_cluster, null) == null || var.network != null || try(var.existing_network.endpoint_security_group_id, null) != null
    error_message = "aurora_inference.new_cluster needs a VPC whose endpoints it may reach: give network, or existing_network with endpoint_security_group_id."
  }
}
