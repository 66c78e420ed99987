# What this account hands to every project: one typed object for package 2, one flat list for the runner.
# Both are content-addressed, so a project's template names exactly the settings it was offered with.
locals {
  # One offer per product and release, for example "model-build/1.0.0".
  offers = {
    for pair in setproduct(keys(local.products), keys(local.releases)) : join("/", pair) => {
      product = local.products[pair[0]]
      release = local.releases[pair[1]]
    }
    # A release knows the products that there were when it was made; the first ones had this package's forms.
    if contains(try(keys(local.releases[pair[1]].products), fileexists("${path.module}/products/${pair[0]}/template.yaml") ? [pair[0]] : []), pair[0])
  }

  platform_settings = merge(local.own_platform_settings, {
    for key, offer in local.offers : key => jsonencode({
      platform = merge({
        name                     = var.name
        release                  = offer.release.version
        product                  = offer.product.key
        object_bucket            = aws_s3_bucket.state.id
        kms_key_arn              = aws_kms_key.platform.arn
        permissions_boundary_arn = aws_iam_policy.project_boundary.arn
        role_path                = local.role_path
        log_retention_days       = var.log_retention_days
        seed_requests_table      = aws_dynamodb_table.seed_requests.name
        artifact_bucket_contents = var.artifact_bucket_contents
        github = {
          base_url          = local.github_base_url
          api_url           = local.github_api_url
          secret_arn        = aws_secretsmanager_secret.github.arn
          create_repository = var.github.create_repository
          visibility        = var.github.visibility

          on_existing_content = var.github.on_existing_content
        }
        seed = try(local.own_seeds[offer.product.seed], {
          name   = offer.product.seed
          key    = offer.release.objects[offer.release.seeds[offer.product.seed].object].key
          sha256 = offer.release.objects[offer.release.seeds[offer.product.seed].object].sha256
        })
        lambdas = {
          for name, function in offer.release.lambdas : name => {
            key          = offer.release.objects[function.object].key
            sha256       = offer.release.objects[function.object].sha256
            handler      = function.handler
            runtime      = function.runtime
            architecture = function.architecture
          } if name == "seed_repository"
        }
        build   = var.build
        network = var.network
        tags    = var.tags
      }, { for field, value in { deploy = try(local.deploy_settings[key], null) } : field => value if value != null })
    }) if !contains(keys(local.own_setups), key)
  })

  # Read by the runner line by line as key=value, never sourced.
  runner_settings = {
    for key, offer in local.offers : key => join("", [
      for name, value in merge({
        name                         = var.name
        region                       = local.region
        state_bucket                 = aws_s3_bucket.state.id
        lock_table                   = aws_dynamodb_table.locks.name
        kms_key_arn                  = aws_kms_key.platform.arn
        log_group                    = aws_cloudwatch_log_group.runner.name
        release_version              = offer.release.version
        product                      = offer.product.key
        github_base_url              = local.github_base_url
        github_api_url               = local.github_api_url
        github_secret_arn            = aws_secretsmanager_secret.github.arn
        git_repository               = var.git_repository
        lock_timeout_seconds         = var.runner.lock_timeout_seconds
        artifact_bucket_contents     = var.artifact_bucket_contents
        registered_models            = var.registered_models
        project_setup_key            = offer.release.objects[lookup(local.own_setups, key, "project-setup")].key
        project_setup_sha256         = offer.release.objects[lookup(local.own_setups, key, "project-setup")].sha256
        platform_key                 = local.platform_keys[key]
        platform_sha256              = sha256(local.platform_settings[key])
        terraform_version            = offer.release.terraform.version
        terraform_sha256_linux_amd64 = offer.release.terraform.sha256.linux_amd64
        mirror_terraform_key         = try(local.mirror_objects["terraform_${offer.release.terraform.version}_linux_amd64.zip"].key, "")
        mirror_provider_key          = try(local.mirror_objects[local.provider_archives[key]].key, "")
        mirror_provider_sha256       = try(local.mirror_objects[local.provider_archives[key]].sha256, "")
      }, try(local.deploy_runner_settings[key], {}), try(local.own_runner_settings[key], {})) : "${name}=${value}\n"
    ])
  }

  provider_archives = {
    for key, offer in local.offers : key => "terraform-provider-aws_${offer.release.terraform.aws_provider_version}_linux_amd64.zip"
  }
  platform_keys = { for key, content in local.platform_settings : key => "objects/${sha256(content)}/platform.auto.tfvars.json" }
}

resource "aws_s3_object" "platform_settings" {
  for_each = local.offers

  bucket                 = aws_s3_bucket.state.id
  key                    = local.platform_keys[each.key]
  content                = local.platform_settings[each.key]
  content_type           = "application/json"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}

resource "aws_s3_object" "runner_settings" {
  for_each = local.offers

  bucket                 = aws_s3_bucket.state.id
  key                    = "objects/${sha256(local.runner_settings[each.key])}/runner-settings"
  content                = local.runner_settings[each.key]
  content_type           = "text/plain"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}
