# Nothing is taken away under a project that needs it (docs/adr/0085, 0086). Two questions to the function of watch.tf:
# at every plan, what is in use, and before a destruction, whether any project exists.
locals {
  installation = jsonencode(merge({
    products   = { for key, product in aws_servicecatalog_product.project : product.id => key }
    principals = sort(var.studio_execution_role_arns)
    releases   = sort(keys(local.releases))
  }, length(local.offered_environments) == 0 ? {} : { environments = local.offered_environments }))

  # Not former_environments: whoever wrote an account there has said that it may be forgotten.
  offered_environments = sort(keys(local.deploy_current))
}

# What the last apply offered, for the function: only what was on offer can be removed.
resource "aws_s3_object" "installation" {
  bucket                 = aws_s3_bucket.state.id
  key                    = "objects/${sha256(local.installation)}/installation.json"
  content                = local.installation
  content_type           = "application/json"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}

# The first plan of all finds no function, and nothing is in use.
data "aws_lambda_functions" "all" {}

# The name is a plain text and nothing here refers to the function's resource: were it to, every release, which changes the
# function, would put the question off until the apply, when it is too late.
data "aws_lambda_invocation" "usage" {
  count = contains(data.aws_lambda_functions.all.function_names, local.watch_name) ? 1 : 0

  function_name = local.watch_name
  input         = jsonencode({ query = "usage" })
}

locals {
  nothing_in_use = jsonencode({ projects = [], installed = { products = [], principals = [], releases = [] } })

  usage     = jsondecode(try(data.aws_lambda_invocation.usage[0].result, local.nothing_in_use))
  installed = local.usage.installed

  # Who would lose what, as lines of text.
  losses = {
    products = [
      for project in local.usage.projects : "product ${project.product}: ${coalesce(project.name, "unnamed")} (${coalesce(project.id, "no id")})"
      if project.product != null && contains(local.installed.products, coalesce(project.product, "none")) && !contains(keys(var.products), coalesce(project.product, "none"))
    ]
    principals = [
      for project in local.usage.projects : "${project.principal}: ${coalesce(project.name, "unnamed")} (${coalesce(project.id, "no id")})"
      if project.principal != null && contains(local.installed.principals, coalesce(project.principal, "none")) && !contains(var.studio_execution_role_arns, coalesce(project.principal, "none"))
    ]
    releases = flatten([
      for project in local.usage.projects : [
        for release in setsubtract(setintersection(project.releases, local.installed.releases), keys(local.releases)) :
        "release ${release}: ${coalesce(project.name, "unnamed")} (${coalesce(project.id, "no id")})"
      ]
    ])
    # What runs in an account that nobody names any more, no deletion finds.
    environments = flatten([
      for project in local.usage.projects : [
        for environment in setsubtract(try(local.installed.environments, []), keys(local.deploy_accounts)) :
        "${environment}: ${coalesce(project.name, "unnamed")} (${coalesce(project.id, "no id")})"
      ] if contains(keys(local.deploy_products), coalesce(project.product, "none"))
    ])
  }
}

# Terraform destroys first what depends on everything else. So the function is asked before anything is gone, and its
# refusal ends the destruction. What is missing below, tests/terraform/service_catalog_setup/test_guard.py names.
resource "aws_lambda_invocation" "guard" {
  function_name   = aws_lambda_function.watch.function_name
  lifecycle_scope = "CRUD"

  # The function gets this back from the state: what was applied last decides.
  input = jsonencode({ deletion_protection = var.deletion_protection, delete_history = var.delete_history })

  lifecycle {
    precondition {
      condition     = length(local.losses.products) == 0
      error_message = "Projects could be neither updated nor deleted without their product. Keep it in products, or delete them first:\n  ${join("\n  ", local.losses.products)}"
    }
    precondition {
      condition     = length(local.losses.principals) == 0
      error_message = "The projects of a Studio role could be neither updated nor deleted by its users any more. Keep it in studio_execution_role_arns, or delete them first:\n  ${join("\n  ", local.losses.principals)}"
    }
    precondition {
      condition     = length(local.losses.releases) == 0
      error_message = "Projects are deleted with the release that they are on. Keep it on offer (make releases RETAIN=\"…\", which writes retained_release_dirs), or update them first:\n  ${join("\n  ", local.losses.releases)}"
    }
    precondition {
      condition     = length(local.losses.environments) == 0
      error_message = "Projects may have endpoints in an account that environments no longer names. Move its entry to former_environments, so that their deletion still looks there, or delete them first:\n  ${join("\n  ", local.losses.environments)}"
    }
  }

  depends_on = [
    aws_cloudwatch_event_target.notify,
    aws_cloudwatch_event_target.watch,
    aws_cloudwatch_log_group.jobs,
    aws_iam_role_policy.command_runner,
    aws_iam_role_policy.command_runner_log,
    aws_iam_role_policy.runner,
    aws_kms_alias.platform,
    aws_lambda_permission.watch,
    aws_s3_bucket_lifecycle_configuration.state,
    aws_s3_bucket_logging.state,
    aws_s3_bucket_ownership_controls.state,
    aws_s3_bucket_policy.state,
    aws_s3_object.release_offer,
    aws_s3_object.seed,
    aws_s3_object_copy.seed,
    aws_secretsmanager_secret_version.github,
    aws_servicecatalog_principal_portfolio_association.studio,
    aws_servicecatalog_provisioning_artifact.release,
    aws_sns_topic_policy.notifications,
    aws_sns_topic_subscription.email,
  ]
}
