variable "environment" {
  description = "What is deployed to this account: staging or prod. For both in one account, apply this package twice."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["staging", "prod"], var.environment)
    error_message = "environment must be staging or prod."
  }
}

variable "platform" {
  description = <<-TEXT
    The platform's account (service-catalog-setup).
      account_id   its number
      name         its variable `name`
      kms_key_arn  its output `kms_key_arn`: what models are encrypted with
      role_path    of the projects' roles; derived from name when left out
  TEXT
  type = object({
    account_id  = string
    name        = optional(string, "sagemaker-projects")
    kms_key_arn = string
    role_path   = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.platform.account_id)) && can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:${var.platform.account_id}:key/[A-Za-z0-9-]+$", var.platform.kms_key_arn))
    error_message = "platform.account_id has twelve digits, and platform.kms_key_arn is a key of that account: terraform -chdir=service-catalog-setup output kms_key_arn."
  }
  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.platform.name)) && length(var.platform.name) <= 24
    error_message = "platform.name is the variable `name` of service-catalog-setup: lower-case letters, digits and single dashes."
  }
}

variable "external_id" {
  description = "Agreed word that the platform's deployments have to say when they assume the role here. Choose one, and use it for this environment only."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@:/_-]{8,128}$", var.external_id))
    error_message = "external_id needs 8 to 128 letters, digits and +=,.@:/_- (it stands twice in a trust policy of 2,048 characters)."
  }
}

variable "organization_id" {
  description = "AWS organization that the platform's account must belong to (o-…); null asks for none."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null ? true : can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id is written o- and 10 to 32 lower-case letters and digits: aws organizations describe-organization."
  }
}

variable "region" {
  description = "Region of the platform, and so of this account's part. null takes it from the environment."
  type        = string
  default     = null
}

variable "network" {
  description = "Subnets and security groups of this account for models in a VPC. null: such settings are refused."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "log_retention_days" {
  description = "Days that the logs of transform and monitoring jobs are kept, if job_log_groups is set. (Those of endpoints follow the platform.)"
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a period that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, …"
  }
}

variable "job_log_groups" {
  description = "Make the account's log groups of SageMaker's transform and processing jobs. Leave it false where they exist, or are made by the other environment."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for everything this package creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
