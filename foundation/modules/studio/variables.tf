variable "name" {
  description = "Name of the domain and prefix of its roles."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts home directories and volumes (modules/key makes one)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-f0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias. Look it up: aws kms describe-key --key-id alias/…"
  }
}

variable "network" {
  description = "VPC of the domain and of the jobs that its users start: output `network` of modules/network fits."
  type = object({
    vpc_id             = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  nullable = false

  validation {
    condition     = startswith(var.network.vpc_id, "vpc-") && length(var.network.subnet_ids) >= 1 && length(var.network.security_group_ids) >= 1
    error_message = "network needs a vpc_id (vpc-…), at least one subnet and at least one security group."
  }
}

variable "auth_mode" {
  description = "How people sign in: IAM, or SSO (IAM Identity Center of the same region, which must be there already). Cannot be changed later."
  type        = string
  default     = "IAM"
  nullable    = false

  validation {
    condition     = contains(["IAM", "SSO"], var.auth_mode)
    error_message = "auth_mode must be \"IAM\" or \"SSO\"."
  }
}

variable "roles" {
  description = <<-TEXT
    Execution roles, by name; the domain's default is the one called default_role.
      policy_arns   further policies, for example read_policy_arns and write_policy_arns of modules/data
      run_jobs      may start training and processing jobs with this role, in the domain's network
      projects      may create, update and delete SageMaker projects
      approve_models  may change a model's approval in the registry
      workbenches   notebook instances that it may open, start and stop, by name; ["ml-p-*-workbench"] are those of the product
                    notebook-workbench
  TEXT
  type = map(object({
    policy_arns    = optional(map(string), {})
    run_jobs       = optional(bool, true)
    projects       = optional(bool, true)
    approve_models = optional(bool, false)
    workbenches    = optional(set(string), [])
  }))
  default  = { data-scientist = {} }
  nullable = false

  validation {
    condition     = length(var.roles) > 0 && alltrue([for role in keys(var.roles) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", role)) && length(role) <= 24])
    error_message = "roles needs at least one name of lower-case letters, digits and dashes, 24 characters at most, for example data-scientist."
  }
  validation {
    condition     = alltrue([for arn in flatten([for role in values(var.roles) : values(role.policy_arns)]) : !endswith(arn, "/AmazonSageMakerFullAccess") && !endswith(arn, "/AdministratorAccess")])
    error_message = "AmazonSageMakerFullAccess opens every bucket with \"sagemaker\" in its name, the projects' artifacts among them. Attach the policies of modules/data instead."
  }
  validation {
    condition     = alltrue([for name in flatten([for role in values(var.roles) : tolist(role.workbenches)]) : can(regex("^[a-z0-9][a-zA-Z0-9*-]*$", name))])
    error_message = "workbenches takes names of notebook instances; an asterisk stands for the rest of a name, not for all of it: ml-p-*-workbench."
  }
}

variable "default_role" {
  description = "Role of users that name none. null takes the first of roles by the alphabet."
  type        = string
  default     = null

  validation {
    condition     = var.default_role == null || contains(keys(var.roles), coalesce(var.default_role, "-"))
    error_message = "default_role must be one of the names in roles."
  }
}

variable "users" {
  description = <<-TEXT
    User profiles, by name.
      role          one of roles; null takes the default
      sso_user_name user name in IAM Identity Center; with auth_mode SSO needed, otherwise not allowed
  TEXT
  type = map(object({
    role          = optional(string)
    sso_user_name = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for user in keys(var.users) : can(regex("^[a-z0-9](-*[a-z0-9]){0,62}$", user))])
    error_message = "Names of users are lower-case letters (as in their ARNs), digits and inner dashes, 63 characters at most: jane-doe, not Jane.Doe@example.com."
  }
  validation {
    condition     = alltrue([for user in values(var.users) : user.role == null || contains(keys(var.roles), coalesce(user.role, "-"))])
    error_message = "A user's role must be one of the names in roles."
  }
  validation {
    condition     = alltrue([for user in values(var.users) : (var.auth_mode == "SSO") == (user.sso_user_name != null)])
    error_message = "With auth_mode SSO every user needs sso_user_name; with IAM none may have one."
  }
}

variable "idle_timeout_minutes" {
  description = "Minutes without activity after which JupyterLab and Code Editor are stopped, 60 to 525600. People may choose less for themselves, not more than twice as much."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout_minutes >= 60 && var.idle_timeout_minutes <= 525600 && floor(var.idle_timeout_minutes) == var.idle_timeout_minutes
    error_message = "idle_timeout_minutes must be a whole number from 60 to 525600 (SageMaker's own limits)."
  }
}

variable "space_storage_gb" {
  description = "Size of the volume of a new space, and the largest that people may choose."
  type = object({
    default = optional(number, 10)
    maximum = optional(number, 100)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.space_storage_gb.default >= 5 && var.space_storage_gb.maximum >= var.space_storage_gb.default && var.space_storage_gb.maximum <= 16384
    error_message = "space_storage_gb: default from 5, maximum from default to 16384."
  }
}

variable "enable_projects" {
  description = "Allow SageMaker projects in this account and region. One setting for the account: leave it to one domain."
  type        = bool
  default     = true
  nullable    = false
}

variable "delete_home_directories" {
  description = "Delete the users' home directories (EFS) with the domain. Otherwise they stay, and cost what they hold."
  type        = bool
  default     = false
  nullable    = false
}
