# The function that knows which projects exist. Terraform asks it before anything is taken away (guard.tf), and once a day
# it looks, by a plan of each project, whether somebody has changed what Terraform made (docs/adr/0087).
locals {
  # A plain text, known before there is a function. Never with "sagemaker" in it (teardown.tf says why).
  watch_name = "${replace(var.name, "sagemaker", "ml")}-watch"

  watch_function = try(local.releases[local.current_release].lambdas.watch_projects, null)
  watch_archive  = try(local.releases[local.current_release].objects[local.watch_function.object], null)

  # When it works: by the clock, and at the end of each plan, to start the next.
  watch_rules = var.drift_schedule == null ? {} : {
    schedule = { description = "Time to look for drift", schedule = var.drift_schedule, pattern = null }
    next = {
      description = "A plan has ended, the next project's turn"
      schedule    = null
      pattern = jsonencode({
        source      = ["aws.codebuild"]
        detail-type = ["CodeBuild Build State Change"]
        detail = {
          project-name = [aws_codebuild_project.teardown.name]
          build-status = ["SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT"]
        }
      })
    }
  }
}

resource "aws_cloudwatch_log_group" "watch" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the account owner's choice (log_retention_days); run records stay beside the state.
  name              = "/${var.name}/watch"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.platform.arn
}

resource "aws_lambda_function" "watch" {
  #checkov:skip=CKV_AWS_116:What a schedule's event could not do, the next one does; Terraform's questions are answered at once.
  #checkov:skip=CKV_AWS_115:Runs a few times a day; a reservation would take the account's concurrency from everybody else.
  #checkov:skip=CKV_AWS_117:Reaches only AWS's own services; a VPC would need endpoints for all of them.
  #checkov:skip=CKV_AWS_272:The archive is fetched by its content hash, and source_code_hash compares what Lambda runs with the release.
  function_name = local.watch_name
  description   = "Knows which projects exist: guards this package against removal, and looks for drift"
  role          = aws_iam_role.watch.arn

  s3_bucket        = aws_s3_bucket.state.id
  s3_key           = try(aws_s3_object.release[local.watch_archive.key].key, "")
  source_code_hash = try(filebase64sha256("${var.release_dir}/${local.watch_archive.file}"), "")
  handler          = try(local.watch_function.handler, "")
  runtime          = try(local.watch_function.runtime, "python3.13")
  architectures    = [try(local.watch_function.architecture, "x86_64")]

  memory_size = 512
  timeout     = 120
  kms_key_arn = aws_kms_key.platform.arn

  environment {
    variables = {
      WATCH_BUILD_PROJECT    = aws_codebuild_project.teardown.name
      WATCH_INSTALLATION_KEY = aws_s3_object.installation.key
      WATCH_STATE_BUCKET     = aws_s3_bucket.state.id
      POWERTOOLS_LOG_LEVEL   = "INFO"
    }
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.watch.name
  }

  lifecycle {
    precondition {
      condition     = local.watch_function != null
      error_message = "The release in release_dir has no function watch_projects. Build it again: make package."
    }
  }

  depends_on = [aws_iam_role_policy.watch]
}

resource "aws_cloudwatch_event_rule" "watch" {
  for_each = local.watch_rules

  name                = "${local.watch_name}-${each.key}"
  description         = each.value.description
  schedule_expression = each.value.schedule
  event_pattern       = each.value.pattern
}

resource "aws_cloudwatch_event_target" "watch" {
  for_each = local.watch_rules

  rule = aws_cloudwatch_event_rule.watch[each.key].name
  arn  = aws_lambda_function.watch.arn
}

resource "aws_lambda_permission" "watch" {
  for_each = local.watch_rules

  statement_id   = "TheRule-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.watch.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.watch[each.key].arn
  source_account = local.account_id
}
