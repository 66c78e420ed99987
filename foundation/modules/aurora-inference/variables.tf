variable "name" {
  description = "Prefix of the role, and of a cluster that is made here."
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

variable "endpoint_names" {
  description = "SageMaker endpoints that the database may invoke, in its own account and region. Exactly these."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.endpoint_names) > 0 && alltrue([for endpoint in var.endpoint_names : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", endpoint))])
    error_message = "endpoint_names needs at least one endpoint's name: letters, digits and inner dashes, 63 characters at most, no wildcard and no ARN."
  }
}

variable "cluster_identifier" {
  description = "Existing Aurora PostgreSQL cluster that gets the role. null makes one (new_cluster)."
  type        = string
  default     = null

  validation {
    condition     = (var.cluster_identifier == null) != (var.new_cluster == null)
    error_message = "Give either cluster_identifier (an existing cluster) or new_cluster (one to be made), not both and not neither."
  }
  validation {
    condition     = var.cluster_identifier == null || can(regex("^[a-z](-?[a-z0-9])*$", var.cluster_identifier))
    error_message = "cluster_identifier is the cluster's name as RDS lists it: lower-case letters, digits and inner dashes, a letter first, and no ARN."
  }
}

variable "new_cluster" {
  description = <<-TEXT
    A cluster to be made: Aurora PostgreSQL, serverless, encrypted, without a public address. Its password is Aurora's own secret.
      network                      private network; output `network` of modules/network fits
      endpoint_security_group_id   of the interface endpoints, through which SageMaker is reached (modules/network)
      client_security_group_ids    who may connect
      kms_key_arn                  key of storage, secret and insights
      engine_version               14 or later, of a cluster that is made from now on; RDS upgrades it by itself. Which ones know aws_ml
                                   in a region: Aurora's user guide
      minimum_acu, maximum_acu     capacity units; a minimum of 0 lets it pause
      deletion_protection          refuse to be deleted
      final_snapshot               keep a last snapshot, <name>-inference-last, when it is deleted; nobody else deletes that one
  TEXT
  type = object({
    network                    = object({ vpc_id = string, subnet_ids = list(string), security_group_ids = optional(list(string), []) })
    endpoint_security_group_id = string
    client_security_group_ids  = optional(map(string), {})
    kms_key_arn                = string
    engine_version             = optional(string, "16.6")
    database_name              = optional(string, "inference")
    minimum_acu                = optional(number, 0.5)
    maximum_acu                = optional(number, 4)
    backup_retention_days      = optional(number, 7)
    deletion_protection        = optional(bool, true)
    final_snapshot             = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.new_cluster == null || try(length(var.new_cluster.network.subnet_ids) >= 2, false)
    error_message = "new_cluster.network needs subnets in at least two zones (Aurora's own limit)."
  }
  validation {
    condition     = var.new_cluster == null || try(tonumber(split(".", var.new_cluster.engine_version)[0]) >= 14, false)
    error_message = "new_cluster.engine_version must be 14 or later, for example 16.6: the SQL files use function bodies that older ones do not know."
  }
  validation {
    condition     = var.new_cluster == null || try(var.new_cluster.minimum_acu >= 0 && var.new_cluster.maximum_acu >= max(1, var.new_cluster.minimum_acu) && var.new_cluster.maximum_acu <= 256, false)
    error_message = "new_cluster: minimum_acu from 0, maximum_acu from 1 (and at least the minimum) to 256."
  }
  validation {
    condition     = var.new_cluster == null || try(alltrue([for acu in [var.new_cluster.minimum_acu, var.new_cluster.maximum_acu] : floor(acu * 2) == acu * 2]), false)
    error_message = "new_cluster: minimum_acu and maximum_acu are multiples of 0.5 (Aurora's own steps)."
  }
  validation {
    condition     = var.new_cluster == null || try(can(regex("^[a-z][a-z0-9_]{0,62}$", var.new_cluster.database_name)), false)
    error_message = "new_cluster.database_name must be lower-case letters, digits and underscores, a letter first."
  }
  validation {
    condition     = var.new_cluster == null || try(var.new_cluster.backup_retention_days >= 1 && var.new_cluster.backup_retention_days <= 35, false)
    error_message = "new_cluster.backup_retention_days must lie between 1 and 35 (Aurora's own limits)."
  }
}
