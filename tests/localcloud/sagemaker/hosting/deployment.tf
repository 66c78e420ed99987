terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "model_data" { type = string }
variable "role_arn" { type = string }
variable "bucket" { type = string }
variable "image" { type = string }

provider "aws" {
  max_retries = 1
  default_tags { tags = { "sagemaker:project-id" = "p-terraform" } }
}

# Its name says what it holds: another model is another resource, and the endpoint moves from one to the other.
resource "aws_sagemaker_model" "this" {
  name               = "${var.name}-${substr(sha256(var.model_data), 0, 8)}"
  execution_role_arn = var.role_arn

  primary_container {
    image          = var.image
    model_data_url = var.model_data
    environment = {
      SAGEMAKER_PROGRAM          = "inference.py"
      SAGEMAKER_SUBMIT_DIRECTORY = "/opt/ml/model/code"
    }
  }

  lifecycle { create_before_destroy = true }
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  name = "${var.name}-${substr(sha256(var.model_data), 0, 8)}"

  production_variants {
    variant_name           = "v1"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
    initial_variant_weight = 1
  }

  shadow_production_variants {
    variant_name           = "shadow"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
    initial_variant_weight = 1
  }

  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 50
    destination_s3_uri          = "s3://${var.bucket}/captured"
    capture_options { capture_mode = "InputAndOutput" }
    capture_content_type_header { csv_content_types = ["text/csv"] }
  }

  lifecycle { create_before_destroy = true }
}

resource "aws_sagemaker_endpoint" "this" {
  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this.name

  deployment_config {
    blue_green_update_policy {
      traffic_routing_configuration {
        type                     = "CANARY"
        wait_interval_in_seconds = 60
        canary_size {
          type  = "CAPACITY_PERCENT"
          value = 10
        }
      }
      termination_wait_in_seconds          = 60
      maximum_execution_timeout_in_seconds = 1800
    }
    auto_rollback_configuration {
      alarms { alarm_name = aws_cloudwatch_metric_alarm.errors.alarm_name }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 5
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "rate"
    expression  = "100 * errors / invocations"
    label       = "Errors in percent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "Invocation5XXErrors", invocations = "Invocations" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/SageMaker"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
        dimensions  = { EndpointName = var.name, VariantName = "v1" }
      }
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric", x = 0, y = 0, width = 12, height = 6,
      properties = {
        region  = "eu-central-1"
        metrics = [["AWS/SageMaker", "Invocations", "EndpointName", var.name, "VariantName", "v1"]]
      }
    }]
  })
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "sagemaker"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this.name}/variant/v1"
  min_capacity       = 1
  max_capacity       = 3
}

resource "aws_appautoscaling_policy" "this" {
  name               = var.name
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 100
    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}

resource "aws_sagemaker_data_quality_job_definition" "this" {
  name     = var.name
  role_arn = var.role_arn

  data_quality_app_specification {
    image_uri = "048819808253.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-model-monitor-analyzer"
  }
  data_quality_baseline_config {
    constraints_resource { s3_uri = "s3://${var.bucket}/baseline/constraints.json" }
    statistics_resource { s3_uri = "s3://${var.bucket}/baseline/statistics.json" }
  }
  data_quality_job_input {
    endpoint_input { endpoint_name = aws_sagemaker_endpoint.this.name }
  }
  data_quality_job_output_config {
    monitoring_outputs {
      s3_output { s3_uri = "s3://${var.bucket}/reports" }
    }
  }
  job_resources {
    cluster_config {
      instance_count    = 1
      instance_type     = "ml.m5.large"
      volume_size_in_gb = 10
    }
  }
}

resource "aws_sagemaker_monitoring_schedule" "this" {
  name = var.name

  monitoring_schedule_config {
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.this.name
    monitoring_type                = "DataQuality"
    schedule_config { schedule_expression = "cron(0 * ? * * *)" }
  }
}
