locals {
  clean_ups = var.clean_up == null ? {} : { "${var.name}-clean-up" = var.clean_up }
  places    = [for place in values(try(var.clean_up.outputs, {})) : "${place.bucket}/${place.prefix}"]
  arguments = {
    mode            = try(var.clean_up.mode, "report")
    older_than_days = try(var.clean_up.older_than_days, 30)
    retention_days  = var.retention_days
    output_prefixes = local.places
    kept_log_groups = local.log_groups
  }
}

# A script in an automation needs neither an archive nor a function that is built and patched (docs/adr/0141).
resource "aws_ssm_document" "clean_up" {
  for_each = local.clean_ups

  name            = each.key
  document_type   = "Automation"
  document_format = "JSON"

  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Clears away what failed and stopped SageMaker jobs leave behind (${each.value.mode})."
    assumeRole    = aws_iam_role.clean_up[each.key].arn
    outputs       = ["CleanUp.Found"]
    mainSteps = [{
      name   = "CleanUp"
      action = "aws:executeScript"
      isEnd  = true
      inputs = {
        Runtime      = "python3.11"
        Handler      = "handler"
        InputPayload = local.arguments
        Script       = file("${path.module}/scripts/clean_up.py")
      }
      outputs = [{ Name = "Found", Selector = "$.Payload", Type = "StringMap" }]
    }]
  })

  lifecycle {
    precondition {
      condition     = !strcontains(file("${path.module}/scripts/clean_up.py"), "{{")
      error_message = "Two opening braces in clean_up.py would be read by Systems Manager as a parameter of its own."
    }
  }
}

resource "aws_cloudwatch_event_rule" "clean_up" {
  for_each = local.clean_ups

  name                = each.key
  description         = "Starts the automation ${each.key}"
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "clean_up" {
  for_each = local.clean_ups

  rule     = aws_cloudwatch_event_rule.clean_up[each.key].name
  arn      = "${replace(aws_ssm_document.clean_up[each.key].arn, ":document/", ":automation-definition/")}:$DEFAULT"
  role_arn = aws_iam_role.schedule[each.key].arn

  depends_on = [aws_iam_role_policy.schedule, aws_iam_role_policy.clean_up]
}
