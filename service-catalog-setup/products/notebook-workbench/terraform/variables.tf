variable "project" {
  description = "The project, as SageMaker knows it."
  type        = object({ id = string, name = string })
  nullable    = false
}

variable "parameters" {
  description = "What was typed on the form (additions.yaml), by the names of its fields."
  type = object({
    InstanceType    = string
    VolumeGigabytes = number
    IdleMinutes     = number
    GitRepoURL      = optional(string, "")
  })
  nullable = false

  # As the form has them (additions.yaml): here they are refused by the names that a person knows, and before anything is made.
  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", var.parameters.InstanceType)) && length(var.parameters.InstanceType) <= 40
    error_message = "InstanceType must be an instance type such as ml.t3.medium."
  }
  validation {
    condition     = can(regex("^([5-9]|[1-9][0-9]{1,3})$", tostring(var.parameters.VolumeGigabytes)))
    error_message = "VolumeGigabytes must be a whole number from 5 to 9999."
  }
  validation {
    condition     = can(regex("^[1-9][0-9]{1,3}$", tostring(var.parameters.IdleMinutes)))
    error_message = "IdleMinutes must be a whole number from 10 to 9999."
  }
  validation {
    condition = (
      can(regex("^(https://[A-Za-z0-9][A-Za-z0-9.-]{0,99}(:[0-9]{1,5})?(/[A-Za-z0-9._-]+)+)?$", var.parameters.GitRepoURL)) &&
      !can(regex("/[.]{1,2}(/|$)|.{251}", var.parameters.GitRepoURL))
    )
    error_message = "GitRepoURL must be empty or an https address without user name, such as https://github.com/my-team/analysis.git."
  }
}

variable "platform" {
  description = <<-TEXT
    What package 1 hands to every project of the product. Of `settings` (product_settings):
      notebooks         bucket, prefix, kms_key_arn: notebooks that each instance starts with
      policy_arns       further policies of the instances' role, by a name of your choice
      git_secret_name   secret with the git host's user name and password; people with a workbench can read it
      git_base_url      where it is sent: addresses below this one. When left out, package 1's github.base_url
      data_buckets, data_key_arns   most that policy_arns can open (permissions/boundary.yaml)
  TEXT
  type = object({
    release                  = string
    kms_key_arn              = string
    permissions_boundary_arn = string
    role_path                = string
    project_prefix           = string
    git_base_url             = optional(string, "https://github.com")
    network                  = object({ vpc_id = string, subnet_ids = list(string), security_group_ids = list(string) })
    tags                     = optional(map(string), {})
    settings = object({
      notebooks       = optional(object({ bucket = string, prefix = optional(string, ""), kms_key_arn = optional(string) }))
      policy_arns     = optional(map(string), {})
      git_secret_name = optional(string)
      git_base_url    = optional(string)
    })
  })
  nullable = false

  validation {
    condition     = can(regex("^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?(/[A-Za-z0-9._-]+)*/?$", coalesce(var.platform.settings.git_base_url, "https://github.com")))
    error_message = "product_settings.notebook-workbench.git_base_url must be an https address without user name, for example https://github.com/my-team."
  }
}
