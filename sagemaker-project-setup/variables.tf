variable "project" {
  description = <<-EOT
    The project, as it was asked for on the form. The runner writes it as `project.auto.tfvars.json`.
  EOT

  type = object({
    id             = string                   # SageMakerProjectId, `p-…`
    name           = string                   # SageMakerProjectName
    repository     = string                   # owner/name on the git host
    branch         = optional(string, "main") # branch that receives the seed and is built
    repository_url = string                   # address that people clone from
    connection_arn = string                   # connection through which CodePipeline reads the repository

    artifact_bucket_contents = optional(string) # on deletion: delete or keep; none takes the platform's

    git_repository = optional(string, "keep") # on deletion: keep, or archive (never delete)

    deploy_repository = optional(string) # owner/name of the deploy repository, if the product has one; none: repository and `-deploy`
  })
  nullable = false

  validation {
    condition     = can(regex("^p-[a-z0-9]{1,18}$", var.project.id))
    error_message = "project.id must be `p-` and 1 to 18 lower-case letters or digits; use the SageMakerProjectId that SageMaker fills in."
  }

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.project.name)) && length(var.project.name) <= 32
    error_message = "project.name must be letters, digits and inner hyphens, 32 characters at most; shorten or rename the project."
  }

  validation {
    # As the form has it (service-catalog-setup/products/model-build/template.yaml).
    condition = (
      can(regex("^[A-Za-z0-9]([_-]?[A-Za-z0-9])*/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$", var.project.repository)) &&
      !can(regex("^[^/]{40}|\\.git$", var.project.repository))
    )
    error_message = "project.repository must be owner/name, for example `my-team/churn-model`, without `https://` and `.git`."
  }

  validation {
    condition = var.project.deploy_repository == null ? true : (
      can(regex("^[A-Za-z0-9]([_-]?[A-Za-z0-9])*/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$", var.project.deploy_repository)) &&
      !can(regex("^[^/]{40}|\\.git$", var.project.deploy_repository))
    )
    error_message = "project.deploy_repository must be owner/name, for example `my-team/churn-model-deploy`, without `https://` and `.git`."
  }

  validation {
    # A subset of what git allows: a branch filter reads `*`, `?`, `[` and `{` as a pattern.
    condition = (
      can(regex("^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$", var.project.branch)) &&
      !can(regex("\\.lock(/|$)|.{101}", var.project.branch))
    )
    error_message = "project.branch must be a branch name of letters, digits, `.`, `_`, `-` and `/`, 100 characters at most, for example `main`."
  }

  validation {
    # Plain http only where it cannot leave the machine, which is where the local cloud keeps its git host.
    condition = (
      can(regex("^(https://[A-Za-z0-9][A-Za-z0-9.-]*|http://(127\\.0\\.0\\.1|localhost))(:[0-9]{1,5})?(/[A-Za-z0-9._-]+)+$", var.project.repository_url)) &&
      endswith(trimsuffix(var.project.repository_url, ".git"), "/${var.project.repository}")
    )
    error_message = "project.repository_url must be the https address of project.repository, for example `https://github.com/my-team/churn-model`."
  }

  validation {
    # The platform chooses the host: its token must never travel to an address that the form alone decides.
    condition     = lower(trimsuffix(var.project.repository_url, ".git")) == lower("${var.platform.github.base_url}/${var.project.repository}")
    error_message = "project.repository_url must be on the platform's git host, ${var.platform.github.base_url}; leave the address empty on the form."
  }

  validation {
    condition = can(regex(
      "^arn:aws(-[a-z]+)*:(codestar-connections|codeconnections):[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:connection/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
      var.project.connection_arn,
    )) && length(var.project.connection_arn) <= 130
    error_message = "project.connection_arn must be the ARN of a connection; copy it from Developer Tools > Settings > Connections."
  }

  validation {
    condition     = var.project.artifact_bucket_contents == null ? true : contains(["delete", "keep"], var.project.artifact_bucket_contents)
    error_message = "project.artifact_bucket_contents must be `delete` or `keep`, or null for the platform's choice."
  }

  validation {
    condition     = contains(["keep", "archive"], var.project.git_repository)
    error_message = "project.git_repository must be `keep` or `archive`; a repository is never deleted."
  }
}
