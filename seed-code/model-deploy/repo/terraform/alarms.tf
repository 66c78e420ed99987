# Errors, latency and saturation of the variant that answers. The first two also roll an update back.
locals {
  limits           = local.settings.alarms
  measured         = { EndpointName = local.endpoint_name, VariantName = local.variant }
  instance_metrics = "/aws/sagemaker/Endpoints"

  alarms = { for key, alarm in {
    errors = {
      description = "More than ${local.limits.errors} requests in ${local.limits.period_seconds} s ended in an error of the model or of SageMaker."
      namespace   = "AWS/SageMaker"
      metric      = "Invocation5XXErrors"
      statistic   = "Sum"
      threshold   = local.limits.errors
      wanted      = true
      rolls_back  = true
    }
    latency = {
      description = "One request in a hundred takes the model more than ${coalesce(local.limits.latency_p99_ms, 0)} ms."
      namespace   = "AWS/SageMaker"
      metric      = "ModelLatency" # in microseconds
      statistic   = "p99"
      threshold   = coalesce(local.limits.latency_p99_ms, 0) * 1000
      wanted      = local.limits.latency_p99_ms != null && local.kind != "async"
      rolls_back  = true
    }
    cpu = {
      description = "The processors of the instances are busy: more load will wait."
      namespace   = local.instance_metrics
      metric      = "CPUUtilization" # of one core: as many hundreds as there are cores
      statistic   = "Average"
      threshold   = coalesce(local.limits.cpu_percent, 0)
      wanted      = local.limits.cpu_percent != null && local.has_instances
      rolls_back  = false
    }
    memory = {
      description = "The memory of the instances is nearly full: the container may be ended."
      namespace   = local.instance_metrics
      metric      = "MemoryUtilization"
      statistic   = "Maximum"
      threshold   = coalesce(local.limits.memory_percent, 0)
      wanted      = local.limits.memory_percent != null && local.has_endpoint
      rolls_back  = false
    }
    } : key => alarm if alarm.wanted && local.has_endpoint
  }

  rollback_alarms = concat(
    [for key, alarm in aws_cloudwatch_metric_alarm.endpoint : alarm.alarm_name if local.alarms[key].rolls_back && local.shift.roll_back],
    [for alarm in aws_cloudwatch_metric_alarm.never : alarm.alarm_name],
  )
}

resource "aws_cloudwatch_metric_alarm" "endpoint" {
  for_each = local.alarms

  alarm_name          = "${local.endpoint_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = local.measured
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = local.limits.period_seconds
  evaluation_periods  = local.limits.periods
  datapoints_to_alarm = local.limits.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching" # nobody asks: nothing is wrong
  alarm_actions       = local.actions
  ok_actions          = local.actions
}

# What nothing is to take back watches this one. With no alarm at all, the provider would replace the endpoint, whenever the
# first alarm comes or the last one goes, and SageMaker makes no second endpoint of a name.
resource "aws_cloudwatch_metric_alarm" "never" {
  for_each = local.has_instances && !local.shift.roll_back ? local.endpoint : {}

  alarm_name          = "${each.value}-never"
  alarm_description   = "Never fires: requests cannot be fewer than none. An update of ${each.value} that no alarm is to take back watches it."
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocations"
  dimensions          = local.measured
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
}
