variable "name" {
  description = "Prefix of the alias, and of the log groups that may use the key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "deletion_window_in_days" {
  description = "Days between the key's deletion and its end, 7 to 30. Without the key everything encrypted with it is lost."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "deletion_window_in_days must be a whole number from 7 to 30 (KMS's own limits)."
  }
}
