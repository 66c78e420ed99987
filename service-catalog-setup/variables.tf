variable "name" {
  description = "Prefix of everything this package owns: bucket, table, secret, roles, key alias, log group, portfolio."
  type        = string
  default     = "sagemaker-projects"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first. Shorten or rename it, for example \"sagemaker-projects\"."
  }
  validation {
    condition     = !startswith("${replace(var.name, "sagemaker", "ml")}-", "ml-p-")
    error_message = "name must begin neither with \"ml-p-\" nor with \"sagemaker-p-\": that prefix belongs to the projects, and their roles could reach the platform. Choose, for example, \"sagemaker-projects\"."
  }
}

variable "region" {
  description = "AWS region to install into. Leave null to take it from the environment (AWS_REGION or the profile)."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything this package and its projects create, for example a cost centre."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "aws:") && !startswith(key, "sagemaker:") && !startswith(key, "sagemaker-projects:")])
    error_message = "Tag keys beginning with aws:, sagemaker: or sagemaker-projects: are set by AWS or by this package. Rename those keys."
  }
}

variable "studio_execution_role_arns" {
  description = "Execution roles of the SageMaker Studio users (or their domain) that may create projects. At least one, or nobody sees the products."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.studio_execution_role_arns) > 0
    error_message = "Name at least one Studio execution role: aws sagemaker describe-domain --domain-id … --query DefaultUserSettings.ExecutionRole."
  }
  validation {
    condition     = alltrue([for arn in var.studio_execution_role_arns : can(regex("^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "studio_execution_role_arns takes role ARNs (arn:aws:iam::<account>:role/<path and name>), not users and not assumed-role sessions. For a session ARN, look the role up with: aws iam get-role --role-name <name>."
  }
}

variable "log_retention_days" {
  description = "Days the logs of the runner and of the projects are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days. Pick one of these."
  }
}

variable "state_version_retention_days" {
  description = "Days a replaced or deleted version of a state file or run record is kept, for recovery and examination. 0 keeps every version for ever."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.state_version_retention_days == 0 || (var.state_version_retention_days >= 30 && floor(var.state_version_retention_days) == var.state_version_retention_days)
    error_message = "state_version_retention_days must be a whole number of at least 30 days, so that a damaged state can be recovered, or 0 to keep every version."
  }
}

variable "access_log_bucket" {
  description = "Existing bucket that receives the S3 access logs of the state bucket. null writes none (CloudTrail data events are the alternative)."
  type        = string
  default     = null
}

variable "portfolio_provider_name" {
  description = "Who offers the portfolio, as Service Catalog shows it: your team's name."
  type        = string
  default     = "ML platform team"
  nullable    = false

  validation {
    condition     = length(var.portfolio_provider_name) >= 1 && length(var.portfolio_provider_name) <= 50
    error_message = "portfolio_provider_name must have 1 to 50 characters."
  }
}
