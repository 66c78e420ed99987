variable "project" {
  description = "The project, as SageMaker knows it."
  type        = object({ id = string, name = string })
  nullable    = false
}

variable "parameters" {
  description = "What was typed on the form (additions.yaml), by the names of its fields."
  type = object({
    ClusterIdentifier = string
    EndpointNames     = string
  })
  nullable = false

  validation {
    # IAM refuses the others (permissions/runner.yaml), but halfway through and in fewer words.
    condition     = contains(var.platform.settings.cluster_identifiers, var.parameters.ClusterIdentifier)
    error_message = "ClusterIdentifier names a cluster that is not offered. Offered are: ${join(", ", var.platform.settings.cluster_identifiers)}. Ask the platform team (product_settings.aurora-inference.cluster_identifiers)."
  }
  validation {
    # As the form has it (additions.yaml): a name with a wildcard would be every endpoint of everybody.
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}(,[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}){0,9}$", var.parameters.EndpointNames))
    error_message = "EndpointNames takes one to ten names of endpoints, separated by commas without spaces."
  }
  validation {
    condition     = alltrue([for name in split(",", var.parameters.EndpointNames) : startswith(name, "${var.platform.project_prefix}p-")])
    error_message = "EndpointNames takes endpoints of projects: their names begin with ${var.platform.project_prefix}p-."
  }
}

variable "platform" {
  description = <<-TEXT
    What package 1 hands to every project of the product. Of `settings` (product_settings):
      cluster_identifiers   Aurora PostgreSQL clusters that projects may choose
  TEXT
  type = object({
    release                  = string
    permissions_boundary_arn = string
    role_path                = string
    project_prefix           = string
    tags                     = optional(map(string), {})
    settings                 = object({ cluster_identifiers = list(string) })
  })
  nullable = false
}
