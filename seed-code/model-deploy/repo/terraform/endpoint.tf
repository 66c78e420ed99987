resource "aws_sagemaker_endpoint" "this" {
  for_each = local.endpoint

  name                 = each.value
  endpoint_config_name = aws_sagemaker_endpoint_configuration.generation[var.current].name
  tags                 = var.lineage

  # Serverless endpoints know no deployment policy; SageMaker replaces them without a gap by itself.
  dynamic "deployment_config" {
    for_each = local.has_instances ? [local.shift] : []

    content {
      blue_green_update_policy {
        maximum_execution_timeout_in_seconds = deployment_config.value.timeout_seconds
        termination_wait_in_seconds          = deployment_config.value.termination_wait_seconds

        traffic_routing_configuration {
          type                     = deployment_config.value.type
          wait_interval_in_seconds = deployment_config.value.wait_seconds

          dynamic "canary_size" {
            for_each = deployment_config.value.type == "CANARY" ? [deployment_config.value.percent] : []

            content {
              type  = "CAPACITY_PERCENT"
              value = canary_size.value
            }
          }
          dynamic "linear_step_size" {
            for_each = deployment_config.value.type == "LINEAR" ? [deployment_config.value.percent] : []

            content {
              type  = "CAPACITY_PERCENT"
              value = linear_step_size.value
            }
          }
        }
      }

      auto_rollback_configuration {
        dynamic "alarms" {
          for_each = local.rollback_alarms

          content {
            alarm_name = alarms.value
          }
        }
      }
    }
  }

  lifecycle {
    # The provider waits until the endpoint is in service again, which it also is after a roll-back. (When the endpoint could
    # not be made at all, Terraform adds an "Invalid index" from here: the error before it is the one that counts.)
    postcondition {
      condition     = self.endpoint_config_name == aws_sagemaker_endpoint_configuration.generation[var.current].name
      error_message = "SageMaker rolled the update back: ${self.name} still runs ${self.endpoint_config_name}. `aws sagemaker describe-endpoint` has the reason."
    }
  }

  depends_on = [aws_cloudwatch_metric_alarm.endpoint, aws_cloudwatch_log_group.endpoint]
}
