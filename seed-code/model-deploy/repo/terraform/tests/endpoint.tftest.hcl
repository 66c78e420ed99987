# What is made of the settings, read from the plan: no credentials, no network.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_sagemaker_prebuilt_ecr_image" {
    defaults = { registry_path = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer:1" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:mock" }
  }
  mock_resource "aws_appautoscaling_policy" {
    defaults = { arn = "arn:aws:autoscaling:eu-west-1:111122223333:scalingPolicy:mock" }
  }
}

variables {
  environment = {
    name              = "prod"
    project_name      = "penguins"
    project_id        = "p-abc123"
    prefix            = "ml-p-abc123-prod"
    region            = "eu-west-1"
    endpoint_role_arn = "arn:aws:iam::111122223333:role/endpoint"
    data_uri          = "s3://bucket/deploy/prod"
    kms_key_arn       = "arn:aws:kms:eu-west-1:111122223333:key/mock"
    network           = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
    topic_arn         = "arn:aws:sns:eu-west-1:111122223333:ml-p-abc123-deploy"
  }
  generations = {
    "1-aaaaaaaaaa" = { model = { image = "image:1", data_url = "s3://bucket/1", environment = {} }, settings = "{}", tags = { "deploy:approver" = "jo" } }
    "2-bbbbbbbbbb" = {
      model    = { image = "image:1", data_url = "s3://bucket/2", environment = { A = "b" } }
      shadow   = { image = "image:1", data_url = "s3://bucket/1", environment = {} }
      settings = "{\"instance\":{\"count\":2},\"data_capture\":{},\"shadow\":{\"model_package_version\":1,\"sampling_percentage\":50},\"autoscaling\":{\"min_instances\":2,\"max_instances\":4},\"traffic\":{\"type\":\"CANARY\"},\"alarms\":{\"latency_p99_ms\":500,\"cpu_percent\":160},\"monitoring\":{}}"
      tags     = { "deploy:approver" = "jo" }
    }
    "3-cccccccccc" = { model = { image = "image:1", data_url = "s3://bucket/3", environment = {} }, settings = "{\"kind\":\"serverless\"}", tags = {} }
    "4-dddddddddd" = { model = { image = "image:1", data_url = "s3://bucket/4", environment = {} }, settings = "{\"kind\":\"async\",\"in_vpc\":false,\"autoscaling\":{\"min_instances\":0}}", tags = {} }
    "6-ffffffffff" = {
      model    = { image = "image:1", data_url = "s3://bucket/6", environment = {} }
      shadow   = { image = "image:1", data_url = "s3://bucket/1", environment = {} }
      settings = "{\"in_vpc\":true,\"shadow\":{\"model_package_version\":1},\"traffic\":{\"type\":\"LINEAR\",\"percent\":50,\"roll_back\":false}}"
      tags     = {}
    }
    "5-eeeeeeeeee" = { model = { image = "image:1", data_url = "s3://bucket/5", environment = {} }, settings = "{\"kind\":\"batch\"}", tags = {} }
  }
  current  = "2-bbbbbbbbbb"
  baseline = { statistics = "s3://bucket/statistics.json", constraints = "s3://bucket/constraints.json", features = ["island", "sex"] }
}

run "production_with_everything" {
  command = plan

  assert {
    condition     = alltrue([for name in concat([for model in aws_sagemaker_model.generation : model.name], [for config in aws_sagemaker_endpoint_configuration.generation : config.name], [for alarm in concat(values(aws_cloudwatch_metric_alarm.endpoint), values(aws_cloudwatch_metric_alarm.drift)) : alarm.alarm_name], [output.endpoint_name, output.dashboard, aws_sagemaker_monitoring_schedule.endpoint["data-quality"].name]) : startswith(name, "ml-p-abc123-prod-")])
    error_message = "a name that the environment's role may not make, and that a deletion would not find"
  }
  assert {
    condition     = output.endpoint_name == "ml-p-abc123-prod-realtime" && aws_sagemaker_endpoint.this["realtime"].endpoint_config_name == "ml-p-abc123-prod-2-bbbbbbbbbb"
    error_message = "the endpoint runs the current generation"
  }
  assert {
    condition     = aws_sagemaker_endpoint.this["realtime"].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].canary_size[0].value == 10
    error_message = "a canary of ten per cent"
  }
  assert {
    condition     = toset([for alarm in aws_sagemaker_endpoint.this["realtime"].deployment_config[0].auto_rollback_configuration[0].alarms : alarm.alarm_name]) == toset(["ml-p-abc123-prod-realtime-errors", "ml-p-abc123-prod-realtime-latency"])
    error_message = "errors and latency roll back, saturation does not, and nothing else is watched"
  }
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.endpoint)) == toset(["errors", "latency", "cpu", "memory"]) && aws_cloudwatch_metric_alarm.endpoint["latency"].threshold == 500000 && aws_cloudwatch_metric_alarm.endpoint["latency"].extended_statistic == "p99"
    error_message = "alarms: CloudWatch measures latency in microseconds"
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.endpoint : alarm.alarm_actions == toset([var.environment.topic_arn])])
    error_message = "alarms tell the topic"
  }
  assert {
    condition = (
      aws_sagemaker_endpoint_configuration.generation["2-bbbbbbbbbb"].shadow_production_variants[0].initial_variant_weight == 0.5 &&
      aws_sagemaker_endpoint_configuration.generation["2-bbbbbbbbbb"].data_capture_config[0].destination_s3_uri == "s3://bucket/deploy/prod/capture" &&
      aws_sagemaker_endpoint_configuration.generation["2-bbbbbbbbbb"].kms_key_arn == var.environment.kms_key_arn
    )
    error_message = "shadow, captured data, key"
  }
  assert {
    condition     = aws_appautoscaling_target.variant["realtime"].resource_id == "endpoint/ml-p-abc123-prod-realtime/variant/primary" && length(aws_appautoscaling_policy.from_zero) == 0
    error_message = "autoscaling of the primary variant"
  }
  assert {
    condition     = aws_sagemaker_data_quality_job_definition.endpoint["data-quality"].data_quality_app_specification[0].image_uri == "111122223333.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer" && toset(keys(aws_cloudwatch_metric_alarm.drift)) == toset(["island", "sex"])
    error_message = "monitoring: image without a tag, an alarm per feature"
  }
  assert {
    condition     = aws_cloudwatch_log_group.endpoint["realtime"].name == "/aws/sagemaker/Endpoints/ml-p-abc123-prod-realtime" && aws_cloudwatch_log_group.endpoint["realtime"].retention_in_days == 90
    error_message = "the group that SageMaker writes to, with retention"
  }
  assert {
    condition     = one(aws_sagemaker_data_quality_job_definition.endpoint["data-quality"].network_config).enable_network_isolation
    error_message = "monitoring's container has no network either"
  }
  assert {
    condition     = output.dashboard == "ml-p-abc123-prod-endpoint"
    error_message = "the approval's link knows the dashboard's name"
  }
  assert {
    condition     = length(aws_sagemaker_model.generation) == 6 && length(aws_sagemaker_endpoint_configuration.generation) == 5
    error_message = "every generation is kept; a batch has no configuration"
  }
}

run "back_to_the_model_before" {
  command = plan
  variables {
    way_back = true
  }

  assert {
    condition     = one(one(aws_sagemaker_endpoint.this["realtime"].deployment_config[0].blue_green_update_policy).traffic_routing_configuration).type == "ALL_AT_ONCE"
    error_message = "a way back is no trial: all requests go at once"
  }
  assert {
    condition     = [for alarm in aws_sagemaker_endpoint.this["realtime"].deployment_config[0].auto_rollback_configuration[0].alarms : alarm.alarm_name] == ["ml-p-abc123-prod-realtime-never"] && contains(keys(aws_cloudwatch_metric_alarm.endpoint), "errors")
    error_message = "the alarm that the bad model has set off must not bring it again; it stays an alarm, and the list of alarms is never empty"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.never["realtime"].comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.never["realtime"].threshold == 0 && aws_cloudwatch_metric_alarm.never["realtime"].treat_missing_data == "notBreaching" && length(coalesce(aws_cloudwatch_metric_alarm.never["realtime"].alarm_actions, [])) == 0
    error_message = "it cannot fire"
  }
}

run "in_a_network" {
  command = plan
  variables {
    current = "6-ffffffffff"
  }

  assert {
    condition = alltrue([
      for model in [aws_sagemaker_model.generation["6-ffffffffff"], aws_sagemaker_model.shadow["6-ffffffffff"]] :
      toset(model.vpc_config[0].subnets) == toset(["subnet-1", "subnet-2"]) && toset(model.vpc_config[0].security_group_ids) == toset(["sg-1"])
    ])
    error_message = "the model and its shadow are in the platform's network"
  }
  assert {
    condition     = { for key, model in aws_sagemaker_model.generation : key => length(model.vpc_config) } == { "1-aaaaaaaaaa" = 1, "2-bbbbbbbbbb" = 1, "3-cccccccccc" = 0, "4-dddddddddd" = 0, "5-eeeeeeeeee" = 1, "6-ffffffffff" = 1 }
    error_message = "so is every other that does not say otherwise, but serverless; a generation keeps its own settings"
  }
  assert {
    condition     = one(aws_sagemaker_endpoint.this["realtime"].deployment_config[0].blue_green_update_policy[0].traffic_routing_configuration[0].linear_step_size).value == 50
    error_message = "two linear steps"
  }
  assert {
    condition     = one(one(aws_sagemaker_endpoint.this["realtime"].deployment_config[0].auto_rollback_configuration).alarms).alarm_name == "ml-p-abc123-prod-realtime-never"
    error_message = "without roll_back nothing takes it back; with it, no alarm is needed that never fires"
  }
}

run "in_a_network_that_is_not_there" {
  command = plan
  variables {
    environment = merge(var.environment, { network = null })
  }
  expect_failures = [aws_sagemaker_model.generation]
}

run "serverless" {
  command = plan
  variables {
    current = "3-cccccccccc"
  }

  assert {
    condition     = output.endpoint_name == "ml-p-abc123-prod-serverless" && length(aws_sagemaker_endpoint.this["serverless"].deployment_config) == 0
    error_message = "a name of its own, and no deployment policy"
  }
  assert {
    condition     = aws_sagemaker_endpoint_configuration.generation["3-cccccccccc"].kms_key_arn == null && aws_sagemaker_endpoint_configuration.generation["3-cccccccccc"].production_variants[0].serverless_config[0].memory_size_in_mb == 2048
    error_message = "no disk to encrypt"
  }
  assert {
    condition     = !aws_sagemaker_model.generation["3-cccccccccc"].enable_network_isolation && aws_sagemaker_model.generation["4-dddddddddd"].enable_network_isolation
    error_message = "a serverless endpoint refuses models with network isolation; all others have it"
  }
  assert {
    condition     = length(aws_appautoscaling_target.variant) == 0 && length(aws_sagemaker_monitoring_schedule.endpoint) == 0 && !contains(keys(aws_cloudwatch_metric_alarm.endpoint), "cpu")
    error_message = "nothing that needs instances"
  }
}

run "asynchronous_to_zero" {
  command = plan
  variables {
    current = "4-dddddddddd"
  }

  assert {
    condition     = aws_appautoscaling_target.variant["async"].min_capacity == 0 && aws_cloudwatch_metric_alarm.from_zero["async"].metric_name == "HasBacklogWithoutCapacity"
    error_message = "to zero, and back by the first request that waits"
  }
  assert {
    condition     = aws_sagemaker_endpoint_configuration.generation["4-dddddddddd"].async_inference_config[0].output_config[0].s3_output_path == "s3://bucket/deploy/prod/async/output"
    error_message = "answers go to the environment's folder"
  }
}

run "batch" {
  command = plan
  variables {
    current = "5-eeeeeeeeee"
  }

  assert {
    condition     = output.endpoint_name == null && output.model_name == "ml-p-abc123-prod-5-eeeeeeeeee" && length(aws_cloudwatch_dashboard.endpoint) + length(aws_cloudwatch_metric_alarm.endpoint) + length(aws_sagemaker_endpoint.this) == 0
    error_message = "a model, and nothing that runs"
  }
}

run "monitoring_without_a_baseline" {
  command = plan
  variables {
    baseline = null
  }
  expect_failures = [aws_sagemaker_data_quality_job_definition.endpoint]
}
