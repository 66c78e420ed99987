# Instances of a variant. A real-time variant keeps at least one; an asynchronous one may go to zero and come back with the
# first waiting request (SageMaker developer guide, "Autoscale an asynchronous endpoint").
locals {
  scaling = local.has_instances && local.settings.autoscaling != null ? { (local.kind) = local.settings.autoscaling } : {}
  to_zero = { for kind, scaling in local.scaling : kind => scaling if kind == "async" && scaling.min_instances == 0 }
}

resource "aws_appautoscaling_target" "variant" {
  for_each = local.scaling

  service_namespace  = "sagemaker"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this[each.key].name}/variant/${local.variant}"
  min_capacity       = each.value.min_instances
  max_capacity       = each.value.max_instances
}

resource "aws_appautoscaling_policy" "variant" {
  for_each = local.scaling

  name               = "${local.endpoint_name}-load"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.variant[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.variant[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.variant[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.load_per_instance
    scale_in_cooldown  = each.value.scale_in_seconds
    scale_out_cooldown = each.value.scale_out_seconds

    dynamic "predefined_metric_specification" {
      for_each = each.key == "realtime" ? ["SageMakerVariantInvocationsPerInstance"] : []

      content {
        predefined_metric_type = predefined_metric_specification.value
      }
    }
    dynamic "customized_metric_specification" {
      for_each = each.key == "async" ? ["ApproximateBacklogSizePerInstance"] : []

      content {
        namespace   = "AWS/SageMaker"
        metric_name = customized_metric_specification.value
        statistic   = "Average"

        dimensions {
          name  = "EndpointName"
          value = local.endpoint_name
        }
      }
    }
  }
}

# Nothing is measured per instance while there is none: a request that waits brings the first one.
resource "aws_appautoscaling_policy" "from_zero" {
  for_each = local.to_zero

  name               = "${local.endpoint_name}-from-zero"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.variant[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.variant[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.variant[each.key].resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Average"
    cooldown                = each.value.scale_out_seconds

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "from_zero" {
  for_each = local.to_zero

  alarm_name          = "${local.endpoint_name}-waiting"
  alarm_description   = "A request waits and no instance runs."
  namespace           = "AWS/SageMaker"
  metric_name         = "HasBacklogWithoutCapacity"
  dimensions          = { EndpointName = local.endpoint_name }
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "missing"
  alarm_actions       = [aws_appautoscaling_policy.from_zero[each.key].arn]
}
