variable "release_dir" {
  description = "Folder of the release to offer: release.json and the archives it names, built by `make package` or `make release`."
  type        = string
  default     = "../build/release"
  nullable    = false

  validation {
    condition     = fileexists("${var.release_dir}/release.json")
    error_message = "There is no release.json in release_dir. Build the release first (make package), or restore a numbered one from the state bucket (make fetch)."
  }
  validation {
    condition     = !fileexists("${var.release_dir}/release.json") || try(jsondecode(file("${var.release_dir}/release.json")).schema == 1, false)
    error_message = "release.json in release_dir is not a release manifest of schema 1. Build the release again with this version of the project: make package."
  }
}

variable "retained_release_dirs" {
  description = "Folders of older releases that stay on offer beside release_dir. Keep a release listed while projects use it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for directory in var.retained_release_dirs : try(jsondecode(file("${directory}/release.json")).schema == 1, false)])
    error_message = "Every folder in retained_release_dirs needs a release.json of schema 1. Restore the release from the state bucket (make fetch), or take it off the offer (make releases DROP=…)."
  }
  validation {
    condition = length(distinct([
      for directory in concat([var.release_dir], var.retained_release_dirs) : try(jsondecode(file("${directory}/release.json")).version, directory)
    ])) == 1 + length(var.retained_release_dirs)
    error_message = "Two release folders carry the same version. List each version once; release_dir is already part of the offer."
  }
}

variable "deprecated_releases" {
  description = "Versions that are still offered to existing projects but marked as deprecated for new ones."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = length(setsubtract(var.deprecated_releases, [
      for directory in var.retained_release_dirs : try(jsondecode(file("${directory}/release.json")).version, "")
    ])) == 0
    error_message = "Only releases in retained_release_dirs can be deprecated: new projects get the one in release_dir. Remove the others from deprecated_releases."
  }
}

variable "products" {
  description = <<-TEXT
    Products to offer, by key. The key names a folder in products/ (template.yaml or additions.yaml, and product.yaml,
    which holds the defaults of everything below; docs/how-to-add-a-template.md) and stays with the product for life.
      name          name on the form
      description   what a data scientist reads before choosing it
      owner         who publishes it
      seed          which seed of the release fills the repository
      deploy_seed   which seed fills the deploy repository, for products that deploy
      support_email, support_url   where users of the product turn to
      form          by field: what the form proposes (Default) and what may be chosen (AllowedValues)
  TEXT
  type = map(object({
    name          = optional(string)
    description   = optional(string)
    owner         = optional(string)
    seed          = optional(string)
    deploy_seed   = optional(string)
    support_email = optional(string)
    support_url   = optional(string)
    form          = optional(map(object({ Default = optional(string), AllowedValues = optional(list(string)) })))
  }))
  default  = { model-build = {} }
  nullable = false

  validation {
    condition     = length(var.products) > 0 && alltrue([for key in keys(var.products) : can(regex("^[a-z][a-z0-9-]{1,30}$", key))])
    error_message = "products needs at least one entry, each under a key of lower-case letters, digits and dashes (at most 31 characters), for example \"model-build\"."
  }
  validation {
    condition     = alltrue([for key in keys(var.products) : length(fileset("${path.module}/products/${key}", "{template,additions}.yaml")) > 0 && fileexists("${path.module}/products/${key}/product.yaml")])
    error_message = "Every key of products must be a folder in products/ with template.yaml (or additions.yaml) and product.yaml. Correct the key, or add the folder."
  }
}

variable "product_settings" {
  description = <<-TEXT
    Settings of products that bring Terraform of their own, by the product's key; merged over `settings` in its product.yaml.
    Which ones there are, the product's README says.
  TEXT
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = can(keys(var.product_settings)) && length(setsubtract(try(keys(var.product_settings), []), keys(var.products))) == 0
    error_message = "Every key of product_settings must be a key of products. Correct it, or offer the product."
  }
}

variable "terraform_mirror_dir" {
  description = <<-TEXT
    Folder with Terraform's and the provider's archives, uploaded to the state bucket so that runners need no internet:
    terraform_<version>_linux_amd64.zip at its root, and what `terraform providers mirror -platform=linux_amd64` wrote.
    null lets every run download both from HashiCorp, checked against the release's hashes.
  TEXT
  type        = string
  default     = null

  validation {
    condition     = var.terraform_mirror_dir == null || length(try(fileset(var.terraform_mirror_dir, "terraform_*_linux_amd64.zip"), [])) > 0
    error_message = "terraform_mirror_dir has no terraform_<version>_linux_amd64.zip. Fill the folder as README.md says, or set it to null."
  }
}
