# Compares captured requests with the rows that the model was trained on (SageMaker Model Monitor, data quality).
locals {
  monitor_name = "${var.environment.prefix}-data-quality"
  monitoring   = local.kind == "realtime" && local.settings.monitoring != null ? { data-quality = local.settings.monitoring } : {}
  # A job definition cannot be changed, and its schedule must not point at one that is gone: a change makes another.
  monitor_version = substr(sha256(jsonencode([local.settings.monitoring, local.settings.network_isolation, var.baseline, var.environment.endpoint_role_arn, var.environment.data_uri])), 0, 8)
}

# Address of Model Monitor's own image, per region; nothing is asked over the network.
data "aws_sagemaker_prebuilt_ecr_image" "monitor" {
  for_each = local.monitoring

  repository_name = "sagemaker-model-monitor-analyzer"
  region          = var.environment.region
}

resource "aws_sagemaker_data_quality_job_definition" "endpoint" {
  #checkov:skip=CKV_AWS_369:One instance does the job: there are no others to talk to.
  for_each = local.monitoring

  name     = "${local.monitor_name}-${local.monitor_version}"
  role_arn = var.environment.endpoint_role_arn

  data_quality_app_specification {
    # Published without tags.
    image_uri   = replace(data.aws_sagemaker_prebuilt_ecr_image.monitor[each.key].registry_path, "/:[^/:]*$/", "")
    environment = { publish_cloudwatch_metrics = "Enabled" }
  }

  data_quality_baseline_config {
    constraints_resource {
      s3_uri = var.baseline.constraints
    }
    statistics_resource {
      s3_uri = var.baseline.statistics
    }
  }

  data_quality_job_input {
    endpoint_input {
      endpoint_name             = aws_sagemaker_endpoint.this["realtime"].name
      local_path                = "/opt/ml/processing/input/endpoint"
      s3_input_mode             = "File"
      s3_data_distribution_type = "FullyReplicated"
    }
  }

  data_quality_job_output_config {
    kms_key_id = var.environment.kms_key_arn

    monitoring_outputs {
      s3_output {
        s3_uri         = "${var.environment.data_uri}/monitoring"
        local_path     = "/opt/ml/processing/output"
        s3_upload_mode = "EndOfJob"
      }
    }
  }

  job_resources {
    cluster_config {
      instance_count    = 1
      instance_type     = each.value.instance_type
      volume_size_in_gb = 20
      volume_kms_key_id = var.environment.kms_key_arn
    }
  }

  # What is compared comes and goes through SageMaker; the container itself needs nothing.
  network_config {
    enable_network_isolation = local.settings.network_isolation
  }

  stopping_condition {
    max_runtime_in_seconds = 3000 # an hourly schedule wants less than an hour
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = var.baseline != null
      error_message = "monitoring is set, but the model package names no baseline (DriftCheckBaselines.ModelDataQuality). Register the model with one, or remove monitoring from the settings."
    }
  }
}

resource "aws_sagemaker_monitoring_schedule" "endpoint" {
  for_each = local.monitoring

  name = local.monitor_name

  monitoring_schedule_config {
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.endpoint[each.key].name
    monitoring_type                = "DataQuality"

    schedule_config {
      schedule_expression = each.value.schedule
    }
  }
}

# Per feature: how far the distribution of the last comparison lies from the training's, between 0 and 1.
resource "aws_cloudwatch_metric_alarm" "drift" {
  for_each = { for index, feature in try(var.baseline.features, []) : feature => local.monitor_name if length(local.monitoring) > 0 && index < 50 }

  alarm_name          = "${each.value}-drift-${each.key}"
  alarm_description   = "Live values of ${each.key} no longer look like those that the model was trained on."
  namespace           = "aws/sagemaker/Endpoints/data-metrics"
  metric_name         = "feature_baseline_drift_${each.key}"
  dimensions          = { Endpoint = local.endpoint_name, MonitoringSchedule = each.value }
  statistic           = "Maximum"
  period              = 3600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.settings.monitoring.drift_threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
}
