# Deletion of projects, and their restoration when an update fails (docs/adr/0016, 0082). A stack's custom resource asks the
# function; the function starts the build, which runs the release that the project was made with; the build's end lets the
# function answer CloudFormation. The same build compares a project with its state (ACTION=plan).
locals {
  # Never with "sagemaker" in it: AmazonSageMakerFullAccess, which most Studio roles carry, lets them invoke every function
  # and start every build of such a name, with commands of their own. This build has the rights to destroy any project.
  teardown_name      = "${replace(var.name, "sagemaker", "ml")}-teardown"
  teardown_build_arn = "arn:${local.partition}:codebuild:${local.regional_arn}:project/${local.teardown_name}"

  # Together below the hour that a stack waits for its answer (ServiceTimeout in the product's template).
  teardown_minutes = { queued = 5, running = 50 }

  teardown_function = try(local.releases[local.current_release].lambdas.teardown_project, null)
  teardown_archive  = try(local.releases[local.current_release].objects[local.teardown_function.object], null)
}

resource "aws_cloudwatch_log_group" "teardown" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the account owner's choice (log_retention_days); run records stay beside the state.
  for_each = { build = "/${var.name}/teardown", function = "/${var.name}/teardown-function" }

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.platform.arn
}

# Who waits for an answer, until it is given: two hours at most, which is as long as CloudFormation's addresses work.
resource "aws_dynamodb_table" "teardown_requests" {
  #checkov:skip=CKV_AWS_28:Items live for two hours; there is nothing to recover.
  name         = "${local.teardown_name}-requests"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "request"

  attribute {
    name = "request"
    type = "S"
  }

  ttl {
    attribute_name = "expiration"
    enabled        = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.platform.arn
  }
}

resource "aws_codebuild_project" "teardown" {
  #checkov:skip=CKV_AWS_314:The log group is named in logs_config; the check wants S3 as well.
  name               = local.teardown_name
  description        = "Runs the release that a project was made with: destroys, restores, or compares what it owns"
  service_role       = aws_iam_role.teardown_build.arn
  encryption_key     = aws_kms_key.platform.arn
  build_timeout      = local.teardown_minutes.running
  queued_timeout     = local.teardown_minutes.queued
  project_visibility = "PRIVATE"

  source {
    type      = "NO_SOURCE"
    buildspec = file("${path.module}/teardown/buildspec.yml")
  }

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    type            = "LINUX_CONTAINER"
    image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    compute_type    = "BUILD_GENERAL1_SMALL"
    privileged_mode = false

    environment_variable {
      name  = "STATE_BUCKET"
      value = aws_s3_bucket.state.id
    }
    environment_variable {
      name  = "ACTION"
      value = "destroy"
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.teardown["build"].name
    }
  }

  dynamic "vpc_config" {
    for_each = var.teardown_network[*]

    content {
      vpc_id             = vpc_config.value.vpc_id
      subnets            = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # With a VPC, CodeBuild checks the role's permissions when the project is made.
  depends_on = [aws_iam_role_policy.teardown_build, aws_iam_role_policy_attachment.teardown_build]
}

resource "aws_lambda_function" "teardown" {
  #checkov:skip=CKV_AWS_116:What cannot be answered ends with the stack's own timeout and is deleted again; nobody would work through a dead-letter queue.
  #checkov:skip=CKV_AWS_115:Runs twice per deletion; a reservation would take the account's concurrency from everybody else.
  #checkov:skip=CKV_AWS_117:Reaches only AWS's own services; a VPC would need endpoints for all of them.
  #checkov:skip=CKV_AWS_272:The archive is fetched by its content hash, and source_code_hash compares what Lambda runs with the release.
  function_name = local.teardown_name
  description   = "Answers the stacks of projects: starts deletions and tells how they ended"
  role          = aws_iam_role.teardown_function.arn

  s3_bucket        = aws_s3_bucket.state.id
  s3_key           = try(aws_s3_object.release[local.teardown_archive.key].key, "")
  source_code_hash = try(filebase64sha256("${var.release_dir}/${local.teardown_archive.file}"), "")
  handler          = try(local.teardown_function.handler, "")
  runtime          = try(local.teardown_function.runtime, "python3.13")
  architectures    = [try(local.teardown_function.architecture, "x86_64")]

  memory_size = 256
  timeout     = 60
  kms_key_arn = aws_kms_key.platform.arn

  environment {
    variables = {
      TEARDOWN_ANSWER_HOSTS   = join(",", [for host in ["s3.${local.region}", "s3-${local.region}", "s3"] : "${host}.${local.dns_suffix}"])
      TEARDOWN_BUILD_PROJECT  = local.teardown_name
      TEARDOWN_LOCK_TABLE     = aws_dynamodb_table.locks.name
      TEARDOWN_REQUESTS_TABLE = aws_dynamodb_table.teardown_requests.name
      TEARDOWN_STATE_BUCKET   = aws_s3_bucket.state.id
      POWERTOOLS_LOG_LEVEL    = "INFO"
    }
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.teardown["function"].name
  }

  lifecycle {
    precondition {
      condition     = local.teardown_function != null
      error_message = "The release in release_dir has no function teardown_project. Build it again: make package."
    }
  }

  depends_on = [aws_iam_role_policy.teardown_function]
}

resource "aws_cloudwatch_event_rule" "teardown_ended" {
  name        = "${local.teardown_name}-ended"
  description = "The build that deletes a project has ended"
  event_pattern = jsonencode({
    source      = ["aws.codebuild"]
    detail-type = ["CodeBuild Build State Change"]
    detail = {
      project-name = [local.teardown_name]
      build-status = ["SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT"]
    }
  })
}

resource "aws_cloudwatch_event_target" "teardown_ended" {
  rule = aws_cloudwatch_event_rule.teardown_ended.name
  arn  = aws_lambda_function.teardown.arn
}

resource "aws_lambda_permission" "teardown_ended" {
  statement_id   = "TheRule"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.teardown.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.teardown_ended.arn
  source_account = local.account_id
}
