resource "aws_sagemaker_endpoint_configuration" "generation" {
  for_each = { for key, generation in var.generations : key => module.settings[key].settings if module.settings[key].settings.kind != "batch" }

  name        = "${var.environment.prefix}-${each.key}"
  kms_key_arn = each.value.encrypt_volume && each.value.kind != "serverless" ? var.environment.kms_key_arn : null
  tags        = var.generations[each.key].tags

  production_variants {
    variant_name           = local.variant
    model_name             = aws_sagemaker_model.generation[each.key].name
    initial_variant_weight = 1
    instance_type          = each.value.kind == "serverless" ? null : each.value.instance.type
    initial_instance_count = each.value.kind == "serverless" ? null : each.value.instance.count

    dynamic "serverless_config" {
      for_each = each.value.kind == "serverless" ? [each.value.serverless] : []

      content {
        memory_size_in_mb       = serverless_config.value.memory_mb
        max_concurrency         = serverless_config.value.max_concurrency
        provisioned_concurrency = serverless_config.value.provisioned_concurrency
      }
    }
  }

  # Gets a copy of the requests, and its answers go nowhere but into the captured data.
  dynamic "shadow_production_variants" {
    for_each = each.value.shadow[*]

    content {
      variant_name           = "shadow"
      model_name             = aws_sagemaker_model.shadow[each.key].name
      initial_variant_weight = shadow_production_variants.value.sampling_percentage / 100
      instance_type          = coalesce(shadow_production_variants.value.instance_type, each.value.instance.type)
      initial_instance_count = shadow_production_variants.value.instance_count
    }
  }

  dynamic "data_capture_config" {
    for_each = each.value.data_capture[*]

    content {
      enable_capture              = true
      initial_sampling_percentage = data_capture_config.value.sampling_percentage
      destination_s3_uri          = "${var.environment.data_uri}/capture"
      kms_key_id                  = var.environment.kms_key_arn

      capture_options {
        capture_mode = "Input"
      }
      capture_options {
        capture_mode = "Output"
      }
      capture_content_type_header {
        csv_content_types  = ["text/csv"]
        json_content_types = ["application/json", "application/jsonlines"]
      }
    }
  }

  dynamic "async_inference_config" {
    for_each = each.value.kind == "async" ? [each.value.async] : []

    content {
      client_config {
        max_concurrent_invocations_per_instance = async_inference_config.value.concurrency_per_instance
      }
      output_config {
        s3_output_path  = "${var.environment.data_uri}/async/output"
        s3_failure_path = "${var.environment.data_uri}/async/failure"
        kms_key_id      = var.environment.kms_key_arn

        dynamic "notification_config" {
          for_each = async_inference_config.value.notify_errors ? var.environment.topic_arn[*] : []

          content {
            error_topic = notification_config.value
          }
        }
      }
    }
  }
}
