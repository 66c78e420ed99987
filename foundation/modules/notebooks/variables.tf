variable "name" {
  description = "Prefix of instances, role and lifecycle configuration."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 30
    error_message = "name must be 3 to 30 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "role_path" {
  description = "Path of the role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9+=,.@_-]+/)*$", var.role_path))
    error_message = "role_path begins and ends with a slash, for example /ml/."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; null sets none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a managed policy (arn:aws:iam::<account>:policy/<name>)."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the instances' volumes (modules/key makes one). Instances that exist keep theirs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-f0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias. Look it up: aws kms describe-key --key-id alias/…"
  }
}

variable "network" {
  description = "VPC of the instances: output `network` of modules/network fits. The first subnet is used. Instances that exist stay in theirs."
  type = object({
    vpc_id             = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  nullable = false

  validation {
    condition     = length(var.network.subnet_ids) >= 1 && length(var.network.security_group_ids) >= 1
    error_message = "network needs at least one subnet and at least one security group: the instances have no internet of their own."
  }
}

variable "instances" {
  description = <<-TEXT
    Notebook instances, by name.
      instance_type  for example ml.t3.medium
      volume_gb      size of the volume; it can grow, not shrink
      subnet         which of network.subnet_ids, counted from 0
  TEXT
  type = map(object({
    instance_type = optional(string, "ml.t3.medium")
    volume_gb     = optional(number, 20)
    subnet        = optional(number, 0)
  }))
  nullable = false

  validation {
    condition     = alltrue([for instance in keys(var.instances) : can(regex("^[a-z0-9](-*[a-z0-9]){0,31}$", instance))])
    error_message = "Names of instances are lower-case letters, digits and inner dashes, 32 characters at most."
  }
  validation {
    condition     = alltrue([for instance in values(var.instances) : startswith(instance.instance_type, "ml.") && instance.volume_gb >= 5 && instance.volume_gb <= 16384])
    error_message = "instance_type must begin with ml. (for example ml.t3.medium), and volume_gb must lie between 5 and 16384."
  }
  validation {
    condition     = alltrue([for instance in values(var.instances) : instance.subnet >= 0 && instance.subnet < length(var.network.subnet_ids)])
    error_message = "subnet is the place in network.subnet_ids, counted from 0."
  }
}

variable "platform" {
  description = "Operating system and JupyterLab of instances that are made from now on; those that exist keep theirs, with their volumes."
  type        = string
  default     = "notebook-al2-v3"
  nullable    = false

  validation {
    condition     = can(regex("^notebook-al2(-v[23]|023-v[12])$", var.platform))
    error_message = "platform must be notebook-al2-v2, notebook-al2-v3, notebook-al2023-v1 or notebook-al2023-v2 (the last two need a newer AWS provider than 5.100)."
  }
}

variable "code_repository" {
  description = <<-TEXT
    Git repository that each instance opens; null opens none.
      url          https address
      branch       branch that is checked out
      secret_name  secret in Secrets Manager with {"username": …, "password": …}; null for a public repository
  TEXT
  type = object({
    url         = string
    branch      = optional(string, "main")
    secret_name = optional(string)
  })
  default = null

  validation {
    condition     = var.code_repository == null || try(can(regex("^https://[A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9._/-]+$", var.code_repository.url)), false)
    error_message = "code_repository.url must be an https address without user name, for example https://github.com/my-team/analysis.git."
  }
  validation {
    condition     = var.code_repository == null || !startswith(coalesce(try(var.code_repository.secret_name, null), "-"), "arn:")
    error_message = "code_repository.secret_name takes the secret's name; its ARN is looked up."
  }
}

variable "notebooks" {
  description = <<-TEXT
    Notebooks that each instance starts with; null copies none.
      bucket, prefix  where they lie; an element of output `locations` of modules/data fits
      kms_key_arn     key of that bucket, if not this module's
      folder          where they go, below SageMaker/
      placeholders    values for @@NAME@@ in the cells
  TEXT
  type = object({
    bucket       = string
    prefix       = optional(string, "")
    kms_key_arn  = optional(string)
    folder       = optional(string, "notebooks")
    placeholders = optional(map(string), {})
  })
  default = null

  validation {
    condition = var.notebooks == null || try(
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.notebooks.bucket)) && can(regex("^([A-Za-z0-9._-]+/)*$", var.notebooks.prefix)) && can(regex("^[A-Za-z0-9_-]+$", var.notebooks.folder)),
      false,
    )
    error_message = "notebooks: bucket is a bucket's name, prefix is empty or ends with a slash (team/notebooks/), folder is one word."
  }
  validation {
    condition     = alltrue([for name in keys(try(var.notebooks.placeholders, {})) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Names of placeholders are capital letters, digits and underscores: BUCKET stands as @@BUCKET@@ in a cell."
  }
}

variable "policy_arns" {
  description = "Further policies of the instances' role, by a name of your choice: read_policy_arns and write_policy_arns of modules/data fit."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.policy_arns) : !endswith(arn, "/AmazonSageMakerFullAccess") && !endswith(arn, "/AdministratorAccess")])
    error_message = "AmazonSageMakerFullAccess opens every bucket with \"sagemaker\" in its name, the projects' artifacts among them. Attach the policies of modules/data instead."
  }
}

variable "idle_timeout_minutes" {
  description = "Minutes without activity in Jupyter after which an instance stops itself; 0 never."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout_minutes == 0 || (var.idle_timeout_minutes >= 10 && floor(var.idle_timeout_minutes) == var.idle_timeout_minutes)
    error_message = "idle_timeout_minutes must be a whole number from 10 up (it is looked at every five minutes), or 0."
  }
}
