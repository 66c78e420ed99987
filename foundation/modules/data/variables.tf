variable "name" {
  description = "Prefix of buckets, policies and roles."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
  validation {
    condition     = !strcontains(var.name, "sagemaker")
    error_message = "name must not contain \"sagemaker\": roles with AmazonSageMakerFullAccess open every bucket with that word in its name."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the data (modules/key makes one)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-f0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias. Look it up: aws kms describe-key --key-id alias/…"
  }
}

variable "areas" {
  description = <<-TEXT
    Where data lies, by name.
      infrequent_access_after_days  when objects move to cheaper storage; null leaves them
      expire_after_days             when objects are deleted; null keeps them
      noncurrent_days               how long a replaced or deleted version is kept
      readers, writers              names of existing roles that may read or write; others attach the policies from the outputs
  TEXT
  type = map(object({
    infrequent_access_after_days = optional(number)
    expire_after_days            = optional(number)
    noncurrent_days              = optional(number, 90)
    readers                      = optional(set(string), [])
    writers                      = optional(set(string), [])
  }))
  default = {
    raw       = { infrequent_access_after_days = 90 }
    processed = {}
    models    = {}
  }
  nullable = false

  validation {
    condition     = length(var.areas) > 0 && alltrue([for area in keys(var.areas) : can(regex("^[a-z][a-z0-9]{1,11}$", area))])
    error_message = "areas needs at least one name of 2 to 12 lower-case letters and digits, a letter first, for example raw."
  }
  validation {
    condition     = alltrue([for area in values(var.areas) : area.noncurrent_days >= 1 && floor(area.noncurrent_days) == area.noncurrent_days])
    error_message = "noncurrent_days must be a whole number from 1 up: without old versions a mistake cannot be taken back."
  }
  validation {
    condition     = alltrue([for area in values(var.areas) : coalesce(area.infrequent_access_after_days, 30) >= 30])
    error_message = "infrequent_access_after_days must be 30 or more (S3's own limit)."
  }
  validation {
    condition     = alltrue([for area in values(var.areas) : coalesce(area.expire_after_days, 36500) > coalesce(area.infrequent_access_after_days, 0)])
    error_message = "expire_after_days must be larger than infrequent_access_after_days."
  }
  validation {
    condition     = alltrue([for role in flatten([for area in values(var.areas) : concat(tolist(area.readers), tolist(area.writers))]) : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", role))])
    error_message = "readers and writers take names of roles, without path and ARN: the part after the last slash."
  }
}

variable "one_bucket" {
  description = "Keep all areas in one bucket, each under a prefix of its own, instead of a bucket for each."
  type        = bool
  default     = false
  nullable    = false
}

variable "replication" {
  description = <<-TEXT
    Copies every new object to other buckets, for example in a second region. null copies nothing.
      bucket_arns  the copy's bucket by bucket here: by area, or `data` with one_bucket; output bucket_arns of this module, applied there
      kms_key_arn  key of the copies
  TEXT
  type = object({
    bucket_arns = map(string)
    kms_key_arn = string
  })
  default = null

  validation {
    condition     = var.replication == null || toset(keys(try(var.replication.bucket_arns, {}))) == toset(var.one_bucket ? ["data"] : keys(var.areas))
    error_message = "replication.bucket_arns needs one bucket per area (with one_bucket: one called data), no more and no fewer."
  }
  validation {
    condition     = var.replication == null || try(alltrue([for arn in values(var.replication.bucket_arns) : can(regex("^arn:aws(-[a-z]+)*:s3:::[a-z0-9.-]{3,63}$", arn))]), false)
    error_message = "replication.bucket_arns takes bucket ARNs: arn:aws:s3:::<name>."
  }
}

variable "sample_files" {
  description = "Files to upload, by their key within the area raw, for example { \"penguins/penguins.csv\" = \"data/penguins.csv\" }. Nothing is uploaded unless it is named here."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for file in values(var.sample_files) : try(fileexists(file), false)])
    error_message = "sample_files names a file that does not exist; paths are relative to the folder Terraform runs in."
  }
  validation {
    condition     = length(var.sample_files) == 0 || contains(keys(var.areas), "raw")
    error_message = "sample_files go to the area raw: add it to areas."
  }
  validation {
    condition     = alltrue([for key in keys(var.sample_files) : can(regex("^[A-Za-z0-9][A-Za-z0-9/._-]*[A-Za-z0-9]$", key))])
    error_message = "Keys of sample_files are paths like penguins/penguins.csv: no slash at either end. S3 has no folders, so none are made."
  }
}

variable "access_log_bucket" {
  description = "Existing bucket that receives the S3 access logs. null writes none (CloudTrail data events are the alternative)."
  type        = string
  default     = null
}

variable "delete_contents" {
  description = "Let `terraform destroy` delete what is in the buckets, with all versions."
  type        = bool
  default     = false
  nullable    = false
}
