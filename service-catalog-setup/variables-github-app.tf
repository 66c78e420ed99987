variable "github_app" {
  description = <<-TEXT
    A GitHub App instead of a token, so that no person's account is needed (docs/seeds.md has the steps and permissions).
      app_id           number of the app, or its client id
      installation_id  number of its installation on the organization; looked up when left out
  TEXT
  type = object({
    app_id          = string
    installation_id = optional(number)
  })
  default = null

  validation {
    condition     = var.github_app == null || can(regex("^[A-Za-z0-9.]{1,64}$", var.github_app.app_id))
    error_message = "github_app.app_id must be the app's number or client id, as its settings page on GitHub shows it."
  }
  validation {
    condition     = try(var.github_app.installation_id, null) == null || try(var.github_app.installation_id > 0 && floor(var.github_app.installation_id) == var.github_app.installation_id, false)
    error_message = "github_app.installation_id must be a whole number: the last part of the installation's address on GitHub."
  }
}

variable "github_app_private_key" {
  description = "Private key of github_app, the content of the .pem file; goes to Secrets Manager as a write-only argument. Give it through TF_VAR_github_app_private_key, and increase github_token_version to write it."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = try(length(var.github_app_private_key), 0) == 0 || can(regex("^\\s*-----BEGIN (RSA )?PRIVATE KEY-----", var.github_app_private_key))
    error_message = "github_app_private_key must be the whole .pem file: export TF_VAR_github_app_private_key=\"$(cat app.private-key.pem)\"."
  }
  validation {
    condition     = try(length(var.github_app_private_key), 0) == 0 || var.github_app != null
    error_message = "github_app_private_key needs github_app beside it: { app_id = …, installation_id = … }."
  }
}
