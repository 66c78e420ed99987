variable "name" {
  description = "Prefix of the automation, its roles and its schedule."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the logs; its policy must let CloudWatch Logs use it for /aws/sagemaker/* (modules/key does)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-f0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias. Look it up: aws kms describe-key --key-id alias/…"
  }
}

variable "log_groups" {
  description = "SageMaker's log groups to be owned, by the last part of their names. One that exists already is taken over with terraform import."
  type        = set(string)
  default     = ["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs", "studio"]
  nullable    = false

  validation {
    condition     = alltrue([for group in var.log_groups : contains(["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs", "studio"], group)])
    error_message = "log_groups takes NotebookInstances, ProcessingJobs, TrainingJobs, TransformJobs and studio; those of endpoints go to endpoint_names."
  }
}

variable "endpoint_names" {
  description = "Endpoints whose log groups are to be owned, before the endpoints are made."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for endpoint in var.endpoint_names : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", endpoint))])
    error_message = "endpoint_names takes names of endpoints: letters, digits and inner dashes, 63 characters at most."
  }
}

variable "retention_days" {
  description = "Days the logs are kept; the clean-up gives it to groups below /aws/sagemaker/ that have none."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.retention_days)
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days. Pick one of these."
  }
}

variable "clean_up" {
  description = <<-TEXT
    Clears away what failed and stopped jobs leave behind. null: no clean-up.
      mode             report (says what it would do) or delete
      schedule         when: rate(…) or cron(…), in UTC
      older_than_days  how long leftovers stay
      outputs          where jobs write, as bucket and prefix: elements of output `locations` of modules/data fit; nothing outside is touched
  TEXT
  type = object({
    mode            = optional(string, "report")
    schedule        = optional(string, "rate(1 day)")
    older_than_days = optional(number, 30)
    outputs         = optional(map(object({ bucket = string, prefix = optional(string, "") })), {})
  })
  default = {}

  validation {
    condition     = var.clean_up == null || contains(["report", "delete"], try(var.clean_up.mode, ""))
    error_message = "clean_up.mode must be \"report\" or \"delete\"."
  }
  validation {
    condition     = var.clean_up == null || can(regex("^(rate|cron)\\(.+\\)$", try(var.clean_up.schedule, "")))
    error_message = "clean_up.schedule must be rate(…) or cron(…), for example rate(1 day)."
  }
  validation {
    condition     = var.clean_up == null || try(var.clean_up.older_than_days >= 1 && floor(var.clean_up.older_than_days) == var.clean_up.older_than_days, false)
    error_message = "clean_up.older_than_days must be a whole number from 1 up."
  }
  validation {
    condition     = var.clean_up == null || try(alltrue([for place in values(var.clean_up.outputs) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", place.bucket)) && can(regex("^([^/*?]+/)*$", place.prefix))]), false)
    error_message = "clean_up.outputs: bucket is a bucket's name, prefix is empty or ends with a slash, without wildcards."
  }
}
