resource "aws_cloudwatch_dashboard" "endpoint" {
  for_each = local.has_endpoint ? toset(["endpoint"]) : toset([])

  # The same for every kind: the approval links to it.
  dashboard_name = "${var.environment.prefix}-endpoint"
  dashboard_body = jsonencode({
    widgets = concat(
      [for index, widget in local.widgets : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = var.environment.region
          period  = 60
          view    = "timeSeries"
          metrics = widget.metrics
        }
      }],
      [{
        type   = "alarm"
        x      = 0
        y      = ceil(length(local.widgets) / 2) * 6
        width  = 24
        height = 3
        properties = {
          title  = "Alarms"
          alarms = [for alarm in aws_cloudwatch_metric_alarm.endpoint : alarm.arn]
        }
      }],
    )
  })
}

locals {
  dimensions = ["EndpointName", local.endpoint_name, "VariantName", local.variant]

  widgets = concat(
    [
      { title = "Requests and errors", metrics = [for metric in ["Invocations", "Invocation4XXErrors", "Invocation5XXErrors"] : concat(["AWS/SageMaker", metric], local.dimensions, [{ stat = "Sum" }])] },
      { title = "Latency of the model (microseconds)", metrics = [for stat in ["p50", "p90", "p99"] : concat(["AWS/SageMaker", "ModelLatency"], local.dimensions, [{ stat = stat }])] },
      { title = "Latency of SageMaker (microseconds)", metrics = [concat(["AWS/SageMaker", "OverheadLatency"], local.dimensions, [{ stat = "p99" }])] },
      { title = "Processor and memory (percent)", metrics = [for metric in ["CPUUtilization", "MemoryUtilization"] : concat([local.instance_metrics, metric], local.dimensions, [{ stat = "Average" }])] },
    ],
    local.settings.monitoring == null ? [] : [
      { title = "Distance of live features from the training's (0 to 1)", metrics = [for feature in try(var.baseline.features, []) : ["aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_${feature}", "Endpoint", local.endpoint_name, "MonitoringSchedule", local.monitor_name, { stat = "Maximum" }]] },
    ],
  )
}
