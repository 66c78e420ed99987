variable "deletion_protection" {
  description = "Refuse to destroy this package, and to delete the lock table, the state bucket and old states in it. Set it to false, apply, and only then destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "delete_history" {
  description = "On destruction of this package, delete what deleted projects left in the state bucket: run records and old versions of states. false refuses the destruction while there are any."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.delete_history && var.deletion_protection)
    error_message = "delete_history = true needs deletion_protection = false: it is for the apply before a destruction."
  }
}

variable "drift_schedule" {
  description = "When to look whether somebody changed what Terraform made for projects: rate(1 day), or a cron expression of EventBridge (UTC). null never looks by itself."
  type        = string
  default     = "rate(1 day)"

  validation {
    condition     = var.drift_schedule == null || can(regex("^(rate\\((1 (hour|day)|([2-9]|[1-9][0-9]+) (hours|days))\\)|cron\\([^ ()]+( [^ ()]+){5}\\))$", var.drift_schedule))
    error_message = "drift_schedule must be rate(1 day), rate(12 hours) or the like, or cron(minutes hours day-of-month month day-of-week year), for example cron(0 5 * * ? *). null switches it off."
  }
}

variable "notifications" {
  description = <<-TEXT
    Where failed runs and drift are told, through Amazon SNS. null tells nobody.
      topic_arn  a topic of yours, whose policy lets EventBridge publish (docs/operations.md); left out, one is made
      emails     addresses to subscribe to the topic that is made; each has to confirm
      failures   tell failed runs, failed builds of the deletion, and deletions that may have left something
      drift      tell projects that differ from what was applied
  TEXT
  type = object({
    topic_arn = optional(string)
    emails    = optional(list(string), [])
    failures  = optional(bool, true)
    drift     = optional(bool, true)
  })
  default = {}

  validation {
    condition     = try(var.notifications.topic_arn, null) == null || can(regex("^arn:aws(-[a-z]+)*:sns:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.notifications.topic_arn))
    error_message = "notifications.topic_arn must be the ARN of a standard topic: arn:aws:sns:<region>:<account>:<name>. EventBridge publishes to no FIFO topic."
  }
  validation {
    condition     = alltrue([for email in try(var.notifications.emails, []) : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "notifications.emails takes addresses like ml-platform@example.com."
  }
  validation {
    condition     = try(var.notifications.topic_arn, null) == null || length(try(var.notifications.emails, [])) == 0
    error_message = "notifications.emails subscribes to the topic that is made. Subscribe to your own topic_arn yourself, and leave emails out."
  }
}
