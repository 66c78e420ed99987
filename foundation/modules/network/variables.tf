variable "name" {
  description = "Prefix of everything made here."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name must be 3 to 24 characters: lower-case letters, digits and single dashes between them, a letter first, for example \"ml-foundation\"."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the flow logs; its policy must let CloudWatch Logs use it (modules/key does)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-f0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias. Look it up: aws kms describe-key --key-id alias/…"
  }
}

variable "cidr_block" {
  description = "Addresses of the VPC, /16 to /22. A private subnet per zone takes one eighth of them, a public one (with NAT only) a 128th."
  type        = string
  default     = "10.40.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && try(cidrhost(var.cidr_block, 0) == split("/", var.cidr_block)[0], false)
    error_message = "cidr_block must be a network's address with its length, for example 10.40.0.0/16."
  }
  validation {
    condition     = try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 22, false)
    error_message = "cidr_block must be /16 to /22: smaller networks leave no room for an interface per endpoint, job and app."
  }
}

variable "availability_zones" {
  description = "Zones to use, two to six, for example [\"eu-west-1a\", \"eu-west-1b\"]. null takes the region's first two. Adding one at the end moves nothing."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null || try(length(var.availability_zones) >= 2 && length(var.availability_zones) <= 6 && length(distinct(var.availability_zones)) == length(var.availability_zones), false)
    error_message = "availability_zones takes two to six different zones: Aurora and Studio want at least two."
  }
}

variable "nat" {
  description = "Way to the internet: none, single (one gateway, whose zone is then needed by all) or per-zone. Without one, only what has an endpoint can be reached; github.com cannot."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["none", "single", "per-zone"], var.nat)
    error_message = "nat must be \"none\", \"single\" or \"per-zone\"."
  }
}

variable "interface_endpoints" {
  description = "AWS services that get an interface endpoint, by the last part of the endpoint service's name. The default is everything that runners, builds, pipelines, Studio and jobs call; iam has its control plane in one region and is reached across regions. For browsers inside the VPC add studio and notebook."
  type        = set(string)
  default = [
    "application-autoscaling", "cloudformation", "codebuild", "codeconnections.api", "codepipeline", "ec2", "ecr.api", "ecr.dkr", "events",
    "iam", "kms", "lambda", "logs", "monitoring", "rds", "sagemaker.api", "sagemaker.runtime", "secretsmanager", "servicecatalog", "sns", "sts",
    "xray",
  ]
  nullable = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9]+([.-][a-z0-9]+)*$", service))])
    error_message = "interface_endpoints takes the last part of the service's name, for example sagemaker.api of com.amazonaws.eu-west-1.sagemaker.api. List them: aws ec2 describe-vpc-endpoint-services --query ServiceNames."
  }
  validation {
    condition     = length(setintersection(var.interface_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "s3 and dynamodb have gateway endpoints here, which cost nothing; leave them out of interface_endpoints."
  }
}

variable "trusted_account_ids" {
  description = "Further accounts whose principals may use the endpoints and whose resources may be reached through them, for example the one that shares container images."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.trusted_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "trusted_account_ids takes account ids of 12 digits."
  }
}

variable "flow_log_retention_days" {
  description = "Days the flow logs are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days. Pick one of these."
  }
}
