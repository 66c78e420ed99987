variable "github" {
  description = <<-TEXT
    The GitHub host that projects live on.
      base_url           https://github.com, or the address of a GitHub Enterprise Server
      api_url            its REST API; derived from base_url when left out
      create_repository  create a repository that does not exist yet
      visibility         of the repositories created: private, internal or public
      on_existing_content  what a project does to a branch that holds other work: leave it, or pull-request (the seed
                           is proposed on a branch of its own)
  TEXT
  type = object({
    base_url          = optional(string, "https://github.com")
    api_url           = optional(string)
    create_repository = optional(bool, true)
    visibility        = optional(string, "private")

    on_existing_content = optional(string, "leave")
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for url in compact([var.github.base_url, var.github.api_url]) :
      can(regex("^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*[A-Za-z0-9])?$", url)) || can(regex("^http://(localhost|127\\.0\\.0\\.1)(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*[A-Za-z0-9])?$", url))
    ])
    error_message = "github.base_url and github.api_url must be https addresses without a trailing slash, for example https://github.com. (Plain http is accepted for this machine only.)"
  }
  validation {
    condition     = contains(["private", "internal", "public"], var.github.visibility)
    error_message = "github.visibility must be private, internal or public."
  }
  validation {
    condition     = contains(["leave", "pull-request"], var.github.on_existing_content)
    error_message = "github.on_existing_content must be leave or pull-request."
  }
}

variable "github_token" {
  description = "Token that creates repositories and pushes the seed; goes to Secrets Manager as a write-only argument. Give it through TF_VAR_github_token."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = try(length(var.github_token), 0) == 0 || can(regex("^[^\\s\"']{8,255}$", var.github_token))
    error_message = "github_token must be one word of 8 to 255 characters without quotes. Check for a line break at its end: export TF_VAR_github_token=\"$(tr -d '\\n' < token)\"."
  }
}

variable "github_token_version" {
  description = "Increase by one whenever github_token changes: a write-only value is never compared, only its version is."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.github_token_version >= 1 && floor(var.github_token_version) == var.github_token_version
    error_message = "github_token_version must be a whole number from 1 up."
  }
}

variable "connection_arn" {
  description = "Connection to GitHub (CodeConnections, status AVAILABLE) whose pushes start the pipelines. Offered as the default on the form."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex(local.connection_pattern, var.connection_arn))
    error_message = "connection_arn must be a connection's ARN: arn:aws:codeconnections:<region>:<account>:connection/<uuid> (codestar-connections is accepted too). List yours: aws codeconnections list-connections."
  }
}

variable "additional_connection_arns" {
  description = "Further connections a data scientist may choose on the form, for example one per GitHub organization."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.additional_connection_arns : can(regex(local.connection_pattern, arn))])
    error_message = "Every entry of additional_connection_arns must be a connection's ARN: arn:aws:codeconnections:<region>:<account>:connection/<uuid>."
  }
}

variable "build" {
  description = "Where the projects' builds run: CodeBuild image, size, and minutes until a build is stopped."
  type = object({
    image           = optional(string, "aws/codebuild/amazonlinux-x86_64-standard:5.0")
    compute_type    = optional(string, "BUILD_GENERAL1_SMALL")
    timeout_minutes = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.build.timeout_minutes >= 5 && var.build.timeout_minutes <= 480
    error_message = "build.timeout_minutes must lie between 5 and 480 (CodeBuild's own limits)."
  }
  validation {
    condition     = can(regex("^BUILD_GENERAL1_(SMALL|MEDIUM|LARGE|XLARGE|2XLARGE)$", var.build.compute_type))
    error_message = "build.compute_type must be BUILD_GENERAL1_SMALL, _MEDIUM, _LARGE, _XLARGE or _2XLARGE."
  }
  validation {
    condition     = startswith(var.build.image, "aws/codebuild/")
    error_message = "build.image must be one of CodeBuild's own images (aws/codebuild/…): the projects' build roles may pull no others."
  }
}

variable "registered_models" {
  description = "What the form proposes for a project's registered models when the project is deleted: delete them, or keep them and their group for you to remove. Keeping them needs artifact_bucket_contents = \"keep\", because their files are in the bucket."
  type        = string
  default     = "delete"
  nullable    = false

  validation {
    condition     = contains(["delete", "keep"], var.registered_models)
    error_message = "registered_models must be \"delete\" or \"keep\"."
  }
  validation {
    condition     = var.registered_models == "delete" || var.artifact_bucket_contents == "keep"
    error_message = "registered_models = \"keep\" needs artifact_bucket_contents = \"keep\": the models' files are in the bucket."
  }
}

variable "artifact_bucket_contents" {
  description = "What the form proposes for a project's artifact bucket when the project is deleted: delete its contents with it, or keep bucket and contents for you to remove."
  type        = string
  default     = "delete"
  nullable    = false

  validation {
    condition     = contains(["delete", "keep"], var.artifact_bucket_contents)
    error_message = "artifact_bucket_contents must be \"delete\" or \"keep\"."
  }
}

variable "git_repository" {
  description = "What the form proposes for a project's GitHub repository when the project is deleted: keep it as it is, or archive it (read-only, which anybody with admin rights can undo). It is never deleted. Archiving needs Administration: write of the token or GitHub App."
  type        = string
  default     = "keep"
  nullable    = false

  validation {
    condition     = contains(["keep", "archive"], var.git_repository)
    error_message = "git_repository must be \"keep\" or \"archive\"; a repository is never deleted."
  }
}

variable "network" {
  description = "VPC for the projects' builds and Lambda functions. null runs them outside any VPC."
  type = object({
    vpc_id             = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.network == null || try(startswith(var.network.vpc_id, "vpc-") && length(var.network.subnet_ids) > 0 && length(var.network.security_group_ids) > 0, false)
    error_message = "network needs a vpc_id (vpc-…), at least one subnet and at least one security group. Leave the whole object null for no VPC."
  }
}

variable "teardown_network" {
  description = "VPC for the build that deletes, restores and compares projects, with a way to all that the runner uses (IAM among it). null runs it outside any VPC."
  type = object({
    vpc_id             = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.teardown_network == null || try(startswith(var.teardown_network.vpc_id, "vpc-") && length(var.teardown_network.subnet_ids) > 0 && length(var.teardown_network.security_group_ids) > 0, false)
    error_message = "teardown_network needs a vpc_id (vpc-…), at least one subnet and at least one security group. Leave the whole object null for no VPC."
  }
}

variable "runner" {
  description = <<-TEXT
    The instance that applies a project's Terraform, for some minutes per creation or update.
      subnet_id          subnet with a way to S3 and the AWS APIs; null takes the default VPC
      security_group_id  null lets the CommandRunner make a temporary one (outbound only)
      instance_type      Terraform and the AWS provider together want 2 GB of memory
      timeout_seconds    until CloudFormation gives a run up
      lock_timeout_seconds  how long a run waits for another run of the same project before it is refused
  TEXT
  type = object({
    subnet_id         = optional(string)
    security_group_id = optional(string)
    instance_type     = optional(string, "t3.medium")
    timeout_seconds   = optional(number, 3600)

    lock_timeout_seconds = optional(number, 600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.runner.security_group_id == null || var.runner.subnet_id != null
    error_message = "runner.security_group_id needs runner.subnet_id as well: the CommandRunner refuses one without the other."
  }
  validation {
    condition     = var.runner.timeout_seconds >= 600 && var.runner.timeout_seconds <= 43200
    error_message = "runner.timeout_seconds must lie between 600 and 43200 (the CommandRunner's maximum, 12 hours)."
  }
  validation {
    condition     = var.runner.lock_timeout_seconds >= 10 && var.runner.lock_timeout_seconds <= 1200 && floor(var.runner.lock_timeout_seconds) == var.runner.lock_timeout_seconds
    error_message = "runner.lock_timeout_seconds must be a whole number between 10 and 1200: a deletion waits twice as long at most (for the lease and for Terraform's lock) and has 50 minutes."
  }
}

locals {
  connection_pattern = "^arn:aws(-[a-z]+)*:(codestar-connections|codeconnections):[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:connection/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
  connection_arns    = distinct(concat([var.connection_arn], var.additional_connection_arns))

  github_base_url = var.github.base_url
  github_api_url = coalesce(
    var.github.api_url,
    var.github.base_url == "https://github.com" ? "https://api.github.com" : "${var.github.base_url}/api/v3",
  )
}
