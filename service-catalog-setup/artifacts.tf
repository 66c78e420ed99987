# The template of one offer: the release's own form, with this account's values in place of its samples. What is on offer
# does not change when a later version of this package has other forms.
locals {
  placeholder_template = jsonencode(yamldecode(file("${path.module}/products/placeholder.yaml")))
  placeholder_key      = "objects/${sha256(local.placeholder_template)}/placeholder.template.json"

  templates = {
    for key, offer in local.offers : key => jsonencode(merge(local.template_sources[key], {
      Description = "${offer.product.name} ${offer.release.version}"
      # Only what this form asks for: a value that a later form needs is no change of this one.
      Mappings = {
        Platform = {
          for group, samples in local.template_sources[key].Mappings.Platform : group => {
            for name in keys(samples) : name => local.template_platform[key][group][name]
          }
        }
      }
      Parameters = merge(
        local.template_sources[key].Parameters,
        {
          for name, asked in local.template_sources[key].Parameters :
          name => merge(asked, { Default = var.connection_arn, AllowedValues = local.connection_arns })
          if name == "CodeStarConnectionArn"
        },
        {
          for name, chosen in local.deletion_choices :
          name => merge(local.template_sources[key].Parameters[name], { Default = chosen })
          if can(local.template_sources[key].Parameters[name])
        },
        {
          for name, chosen in try(offer.product.form, {}) :
          name => merge(local.template_sources[key].Parameters[name], { for field, value in chosen : field => value if value != null })
          if can(local.template_sources[key].Parameters[name])
        },
      )
    }))
  }
  # What the form proposes; a product whose form does not ask takes it as it is (settings.tf).
  deletion_choices = {
    ArtifactBucketContents = var.artifact_bucket_contents
    RegisteredModels       = var.registered_models
    GitRepository          = var.git_repository
  }
  # Releases made before forms were part of them take this package's.
  template_files = {
    for key, offer in local.offers : key => try(
      "${offer.release.directory}/${offer.release.objects[offer.release.products[offer.product.key].object].file}",
      "${path.module}/products/${offer.product.key}/template.yaml",
    )
  }
  template_sources = { for key, path in local.template_files : key => yamldecode(file(path)) }

  template_platform = {
    for key, offer in local.offers : key => {
      Release = {
        Version        = offer.release.version
        RunnerSha256   = offer.release.objects.runner.sha256
        SettingsSha256 = sha256(local.runner_settings[key])
      }
      Store = {
        Bucket = aws_s3_bucket.state.id
        Key    = aws_kms_key.platform.arn
      }
      Runner = {
        InstanceProfile = aws_iam_instance_profile.runner.name
        InstanceType    = var.runner.instance_type
        LogGroup        = aws_cloudwatch_log_group.runner.name
        Timeout         = tostring(var.runner.timeout_seconds)
        # A mapping cannot hold an empty string.
        Subnet        = coalesce(var.runner.subnet_id, "none")
        SecurityGroup = coalesce(var.runner.security_group_id, "none")
      }
      Teardown = {
        Function = aws_lambda_function.teardown.arn
      }
      Host = {
        BaseUrl = local.github_base_url
      }
    }
  }
}

resource "aws_s3_object" "template" {
  for_each = local.offers

  bucket                 = aws_s3_bucket.state.id
  key                    = "objects/${sha256(local.templates[each.key])}/${each.value.product.key}.template.json"
  content                = local.templates[each.key]
  content_type           = "application/json"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true
  # Service Catalog reads templates as the launch role, which may read only objects with this tag.
  tags = { "servicecatalog:provisioning" = "true" }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(setsubtract(keys(try(each.value.product.form, {})), keys(local.template_sources[each.key].Parameters))) == 0
      error_message = "products.${each.value.product.key}.form names a field that the form of release ${each.value.release.version} does not have. It has: ${join(", ", keys(local.template_sources[each.key].Parameters))}."
    }
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}

resource "aws_servicecatalog_provisioning_artifact" "release" {
  for_each = local.offers

  product_id   = aws_servicecatalog_product.project[each.value.product.key].id
  name         = each.value.release.version
  description  = "Release ${each.value.release.version}"
  type         = "CLOUD_FORMATION_TEMPLATE"
  template_url = "https://${aws_s3_bucket.state.bucket_regional_domain_name}/${aws_s3_object.template[each.key].key}"
  guidance     = contains(var.deprecated_releases, each.value.release.version) ? "DEPRECATED" : "DEFAULT"

  lifecycle {
    create_before_destroy = true
  }

  # A template that can be launched names objects that must be there.
  depends_on = [
    aws_s3_object.release,
    aws_s3_object.platform_settings,
    aws_s3_object.runner_settings,
    aws_servicecatalog_constraint.launch,
    aws_iam_role_policy_attachment.runner,
    aws_iam_role_policy_attachment.runner_deploy,
    aws_iam_role_policy_attachment.product,
    aws_iam_role_policy.teardown_deploy,
    aws_codebuild_project.teardown,
    aws_cloudwatch_event_target.teardown_ended,
    aws_lambda_permission.teardown_ended,
  ]
}
