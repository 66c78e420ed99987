variable "name" {
  description = "Prefix of everything made here."
  type        = string
  default     = "ml-foundation"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "region" {
  description = "AWS region to install into. Leave null to take it from the environment (AWS_REGION or the profile)."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything made here, for example a cost centre."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "aws:") && !startswith(key, "sagemaker:") && !startswith(key, "sagemaker-projects:")])
    error_message = "Tag keys beginning with aws:, sagemaker: or sagemaker-projects: are set by AWS or by these packages. Rename those keys."
  }
}

variable "kms_key_arn" {
  description = "Existing key for data, volumes and logs. null makes one (modules/key)."
  type        = string
  default     = null
}

variable "network" {
  description = "Part 1, a VPC with endpoints (modules/network says what each attribute means). null makes none."
  type = object({
    cidr_block              = optional(string)
    availability_zones      = optional(list(string))
    nat                     = optional(string)
    interface_endpoints     = optional(set(string))
    trusted_account_ids     = optional(list(string))
    flow_log_retention_days = optional(number)
  })
  default = null
}

variable "existing_network" {
  description = "A VPC that is there already, for the parts that need one, instead of part 1. endpoint_security_group_id is what a new Aurora cluster may reach."
  type = object({
    vpc_id                     = string
    subnet_ids                 = list(string)
    security_group_ids         = list(string)
    endpoint_security_group_id = optional(string)
  })
  default = null

  validation {
    condition     = var.existing_network == null || var.network == null
    error_message = "Give network (a VPC to be made) or existing_network, not both."
  }
}

variable "data" {
  description = "Part 2, buckets for raw and processed data and models (modules/data). null makes none."
  type = object({
    areas = optional(map(object({
      infrequent_access_after_days = optional(number)
      expire_after_days            = optional(number)
      noncurrent_days              = optional(number)
      readers                      = optional(set(string))
      writers                      = optional(set(string))
    })))
    one_bucket        = optional(bool)
    replication       = optional(object({ bucket_arns = map(string), kms_key_arn = string }))
    sample_files      = optional(map(string))
    access_log_bucket = optional(string)
    delete_contents   = optional(bool)
  })
  default = null
}

variable "logs_and_jobs" {
  description = "Part 6, log groups with retention and a clean-up after jobs (modules/logs-and-jobs). clean_up.areas are areas of part 2 that jobs write to. null makes none."
  type = object({
    log_groups     = optional(set(string))
    endpoint_names = optional(set(string))
    retention_days = optional(number)
    clean_up = optional(object({
      mode            = optional(string)
      schedule        = optional(string)
      older_than_days = optional(number)
      areas           = optional(set(string), [])
    }), {})
  })
  default = null

  validation {
    condition = length(setsubtract(
      toset(flatten([for part in var.logs_and_jobs[*] : [for clean_up in part.clean_up[*] : tolist(clean_up.areas)]])),
      local.area_names,
    )) == 0
    error_message = "logs_and_jobs.clean_up.areas names areas that data does not have. Add them to data.areas, or give data = {} for raw, processed and models."
  }
}

locals {
  area_names = var.data == null ? toset([]) : toset(keys(coalesce(var.data.areas, { raw = null, processed = null, models = null })))
}
