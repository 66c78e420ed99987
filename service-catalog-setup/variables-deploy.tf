variable "environments" {
  description = <<-TEXT
    Where projects deploy to, if a product deploys: staging and prod, each in this account (null) or in another one, for
    which target-account-setup/ prints what belongs here. Both in the same region as this package.
      account_id         the other account
      role_arn           role there that the projects' deployments assume
      external_id        that it asks for
      endpoint_role_arn  what containers run as there
      data_bucket        for captured data, asynchronous answers and reports
      kms_key_arn        key there
      topic_arn          told when an alarm fires; null tells nobody
      network            subnets and security groups there, for models in a VPC
  TEXT
  type = object({
    staging = optional(object({
      account_id        = string
      role_arn          = string
      external_id       = string
      endpoint_role_arn = string
      data_bucket       = string
      kms_key_arn       = string
      topic_arn         = optional(string)
      network           = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    }))
    prod = optional(object({
      account_id        = string
      role_arn          = string
      external_id       = string
      endpoint_role_arn = string
      data_bucket       = string
      kms_key_arn       = string
      topic_arn         = optional(string)
      network           = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for target in [var.environments.staging, var.environments.prod] : target == null ? true :
      can(regex("^[0-9]{12}$", target.account_id)) && can(regex("^arn:aws(-[a-z]+)*:iam::${target.account_id}:role/[A-Za-z0-9+=,.@_/-]+$", target.role_arn)) && can(regex("^arn:aws(-[a-z]+)*:iam::${target.account_id}:role/[A-Za-z0-9+=,.@_/-]+$", target.endpoint_role_arn))
    ])
    error_message = "environments: account_id has twelve digits, and role_arn and endpoint_role_arn are roles of that account. Copy the output `environment` of target-account-setup."
  }
  validation {
    condition = alltrue([
      for target in [var.environments.staging, var.environments.prod] : target == null ? true :
      can(regex("^[A-Za-z0-9+=,.@:/_-]{2,256}$", target.external_id)) && can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:${target.account_id}:key/[A-Za-z0-9-]+$", target.kms_key_arn)) && can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", target.data_bucket))
    ])
    error_message = "environments: external_id has 2 to 256 letters, digits and +=,.@:/_-, kms_key_arn is a key of account_id, data_bucket a bucket's name. Copy the output `environment` of target-account-setup."
  }
}

variable "former_environments" {
  description = <<-TEXT
    Accounts that environments were in before they moved. Projects that were updated since may still have endpoints there:
    their deletion looks there too. Drop an entry when every project that existed before the move is deleted or has nothing
    there any more, or when the account is gone; projects that remain stop looking there with their next update.
      environment  staging or prod
      role_arn, external_id, data_bucket  as the entry in environments had them
  TEXT
  type = list(object({
    environment = string
    role_arn    = string
    external_id = string
    data_bucket = string
  }))
  default  = []
  nullable = false

  validation {
    condition = alltrue([
      for former in var.former_environments :
      contains(["staging", "prod"], former.environment) && can(regex("^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", former.role_arn)) && can(regex("^[A-Za-z0-9+=,.@:/_-]{2,256}$", former.external_id)) && can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", former.data_bucket))
    ])
    error_message = "former_environments: environment is staging or prod, and role_arn, external_id and data_bucket are those that the entry in environments had."
  }
}

variable "job_log_groups" {
  description = "Make the account's log groups of SageMaker's jobs (/aws/sagemaker/TrainingJobs, ProcessingJobs, TransformJobs), with log_retention_days and the key. SageMaker would make them itself, for ever and unencrypted. Where they exist already, import them first (README.md)."
  type        = bool
  default     = false
  nullable    = false
}
