# Who wants to know is told: failed runs, failed builds of the deletion, what a deletion may have left, and drift.
#
# The runner puts an event at the end of every run, whose detail is the run record. EventBridge does not escape what it puts
# into a template, and reasons quote what Terraform said: so texts hold only names, and the record goes along whole.
locals {
  notify_own_topic = try(var.notifications.topic_arn, null) == null && var.notifications != null
  notify_topic     = local.notify_own_topic ? aws_sns_topic.notifications[0].arn : try(var.notifications.topic_arn, null)

  run_ended    = { source = [var.name], detail-type = ["SageMaker Project Run Ended"] }
  run_paths    = { id = "$.detail.project.id", name = "$.detail.project.name", action = "$.detail.action", group = "$.detail.log.group", stream = "$.detail.log.stream", run = "$.detail" }
  run_template = <<-TEXT
    {
      "message": "%s",
      "log": "<group>, stream <stream>",
      "platform": "${var.name}",
      "run": <run>
    }
  TEXT

  # Heredocs, because jsonencode would escape the angle brackets.
  notices = {
    run-failed = {
      wanted      = try(var.notifications.failures, false)
      description = "A run of a project has failed"
      pattern     = merge(local.run_ended, { detail = { outcome = ["failed"] } })
      paths       = local.run_paths
      template    = format(local.run_template, "Project <name> (<id>): <action> failed. The reason is below, under run.")
    }
    build-failed = {
      wanted      = try(var.notifications.failures, false)
      description = "A build of the deletion has failed, perhaps before its run began"
      pattern = {
        source      = ["aws.codebuild"]
        detail-type = ["CodeBuild Build State Change"]
        detail      = { project-name = [aws_codebuild_project.teardown.name], build-status = ["FAILED", "FAULT", "STOPPED", "TIMED_OUT"] }
      }
      paths    = { build = "$.detail.build-id", status = "$.detail.build-status", log = "$.detail.additional-information.logs.deep-link" }
      template = <<-TEXT
        {
          "message": "A build of ${local.teardown_name} ended with <status>. If its run had begun, another message says why.",
          "build": "<build>",
          "log": "<log>",
          "platform": "${var.name}"
        }
      TEXT
    }
    left = {
      wanted      = try(var.notifications.failures, false)
      description = "A deletion may have left something"
      pattern     = merge(local.run_ended, { detail = { action = ["destroy"], left = [{ prefix = "release " }] } })
      paths       = local.run_paths
      template    = format(local.run_template, "Project <name> (<id>): its deletion does not know what runs of other releases had made that did not come to their end (below, under run.left). See what make orphans names.")
    }
    drift = {
      wanted      = try(var.notifications.drift, false)
      description = "A project differs from what was applied"
      pattern     = merge(local.run_ended, { detail = { action = ["plan"], outcome = ["succeeded"], changes = [true] } })
      paths       = local.run_paths
      template    = format(local.run_template, "Project <name> (<id>) differs from what was applied. What would change is below, under run.changed.")
    }
  }
  notices_wanted = { for key, notice in local.notices : key => notice if notice.wanted }
}

resource "aws_sns_topic" "notifications" {
  count = local.notify_own_topic ? 1 : 0

  name              = "${replace(var.name, "sagemaker", "ml")}-notifications"
  display_name      = "ML projects"
  kms_master_key_id = aws_kms_key.platform.arn
}

resource "aws_sns_topic_policy" "notifications" {
  count = local.notify_own_topic ? 1 : 0

  arn = aws_sns_topic.notifications[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.notifications[0].arn
        Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:events:${local.regional_arn}:rule/${local.notify_rules}-*" } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.notifications[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(local.notify_own_topic ? var.notifications.emails : [])

  topic_arn = aws_sns_topic.notifications[0].arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  notify_rules = "${replace(var.name, "sagemaker", "ml")}-notify"
}

resource "aws_cloudwatch_event_rule" "notify" {
  for_each = local.notices_wanted

  name          = "${local.notify_rules}-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)
}

# Without a role: EventBridge publishes to SNS by the topic's policy.
resource "aws_cloudwatch_event_target" "notify" {
  for_each = local.notices_wanted

  rule = aws_cloudwatch_event_rule.notify[each.key].name
  arn  = local.notify_topic

  input_transformer {
    input_paths    = each.value.paths
    input_template = each.value.template
  }
}
