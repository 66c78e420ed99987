resource "aws_secretsmanager_secret" "github" {
  #checkov:skip=CKV2_AWS_57:GitHub issues the token, so no function can rotate it; github_token_version does, without touching projects.
  name        = "${var.name}/github"
  description = "Token or GitHub App key with which ${var.name} creates repositories and pushes seeds"
  kms_key_id  = aws_kms_key.platform.arn

  # A token can be issued again; a name that is held back for weeks keeps the package from being installed again.
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "github" {
  secret_id = aws_secretsmanager_secret.github.id

  # Write-only: in no state and no plan. Only the version is compared, so later applies need no token; where one has to be
  # written and none is given, Secrets Manager refuses the empty string: set TF_VAR_github_token.
  secret_string_wo = (
    var.github_app != null ?
    try(length(var.github_app_private_key), 0) == 0 ? "" : jsonencode({ github_app = merge(var.github_app, { private_key = var.github_app_private_key }) }) :
    try(length(var.github_token), 0) == 0 ? "" : jsonencode({ token = var.github_token })
  )
  secret_string_wo_version = var.github_token_version

  # A rotation that fails leaves the old token in place.
  lifecycle {
    create_before_destroy = true
  }
}
