# Written by `python -m deploy` (deploy/inputs.py); nobody fills these in by hand. What people choose is in environments/.

variable "environment" {
  description = "Where to deploy, and what the platform gave: names, roles, key, topic."
  type = object({
    name               = string # dev, staging or prod
    project_name       = string
    project_id         = string
    prefix             = string # ml-<project id>-<environment>: every name made here begins with it
    region             = string
    endpoint_role_arn  = string # what containers and monitoring run as
    data_uri           = string # S3 folder for captured data, asynchronous answers and reports
    kms_key_arn        = optional(string)
    topic_arn          = optional(string) # told when an alarm fires
    log_retention_days = optional(number, 90)
    target             = optional(object({ role_arn = string, external_id = string })) # in another account
    network            = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
}

variable "generations" {
  description = <<-EOT
    Models with the settings they are served with, by a hash of both: the one to deploy and the one before it. Going back,
    by a rejected model or by the roll-back of an update, never waits for something to be made, and never finds its
    configuration deleted.
  EOT
  type = map(object({
    model    = object({ image = string, data_url = string, environment = map(string) })
    shadow   = optional(object({ image = string, data_url = string, environment = map(string) }))
    settings = string # the environment's settings as JSON: two generations may have settings of different types
    tags     = map(string)
  }))
}

variable "current" {
  description = "Key of the generation to deploy."
  type        = string

  validation {
    condition     = contains(keys(var.generations), var.current)
    error_message = "current must be a key of generations."
  }
}

variable "way_back" {
  description = "Whether the current generation was gone back to: all at once, and no alarm that can fire is watched, because the model that it replaces may have set one off."
  type        = bool
  default     = false
}

variable "baseline" {
  description = "What monitoring compares live data with, from the training: S3 addresses of statistics and constraints, and the features' names."
  type        = object({ statistics = string, constraints = string, features = optional(list(string), []) })
  default     = null
}

variable "lineage" {
  description = "Tags of the endpoint that say where its model comes from."
  type        = map(string)
  default     = {}
}

# Every generation has its own settings, checked in the same way.
module "settings" {
  source   = "./settings"
  for_each = var.generations

  settings = jsondecode(each.value.settings)
  given    = jsondecode(each.value.settings)
}

locals {
  settings      = module.settings[var.current].settings
  variant       = "primary" # the same for ever: a traffic shift wants the variants of both configurations to have one name
  kind          = local.settings.kind
  has_endpoint  = local.kind != "batch"
  has_instances = contains(["realtime", "async"], local.kind)
  # A serverless endpoint cannot become one with instances and back, so the kind is part of the name.
  endpoint_name = "${var.environment.prefix}-${local.kind}"
  actions       = compact([var.environment.topic_arn])
  shift         = merge(local.settings.traffic, var.way_back ? { type = "ALL_AT_ONCE", wait_seconds = 0, termination_wait_seconds = 0, roll_back = false } : {})
  endpoint      = local.has_endpoint ? { (local.kind) = local.endpoint_name } : {}
}
