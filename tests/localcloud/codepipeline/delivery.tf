terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.100, < 7" }
  }
}

provider "aws" {
  max_retries = 1
  default_tags {
    tags = { project = var.name }
  }
}

variable "name" { type = string }
variable "connection_arn" { type = string }
variable "changed" {
  type    = bool
  default = false
}

locals {
  services = toset(["codebuild", "codepipeline", "lambda"])
}

resource "aws_iam_role" "this" {
  for_each = local.services
  name     = "${var.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "${each.key}.amazonaws.com" }
    }]
  })
}

resource "aws_s3_bucket" "artifacts" {
  bucket        = var.name
  force_destroy = true
}

resource "aws_cloudwatch_log_group" "build" {
  name              = "/aws/codebuild/${var.name}"
  retention_in_days = 7
}

resource "aws_codestarconnections_connection" "old" {
  name          = "${var.name}-old"
  provider_type = "GitHub"
}

resource "aws_codeconnections_connection" "new" {
  name          = "${var.name}-new"
  provider_type = "GitHub"
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  role             = aws_iam_role.this["lambda"].arn
  runtime          = "python3.13"
  handler          = "app.handler"
  filename         = "${path.module}/function.zip"
  source_code_hash = filebase64sha256("${path.module}/function.zip")
  architectures    = ["x86_64"]
  timeout          = var.changed ? 30 : 20
  memory_size      = 256
  publish          = true

  environment {
    variables = { COLOUR = var.changed ? "green" : "blue" }
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }
}

resource "aws_lambda_invocation" "this" {
  function_name = aws_lambda_function.this.function_name
  input         = jsonencode({ number = 21 })
}

resource "aws_codebuild_project" "this" {
  name                   = var.name
  description            = "Builds ${var.name}"
  service_role           = aws_iam_role.this["codebuild"].arn
  build_timeout          = var.changed ? 20 : 10
  queued_timeout         = 30
  concurrent_build_limit = 2
  encryption_key         = aws_kms_key.this.arn

  source {
    type      = "CODEPIPELINE"
    buildspec = "buildspec.yml"
  }
  artifacts {
    type = "CODEPIPELINE"
  }
  environment {
    type         = "LINUX_CONTAINER"
    image        = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    compute_type = "BUILD_GENERAL1_SMALL"

    environment_variable {
      name  = "COLOUR"
      value = var.changed ? "green" : "blue"
    }
    environment_variable {
      name  = "PARAMETER"
      type  = "PARAMETER_STORE"
      value = "/some/parameter"
    }
  }
  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.build.name
    }
  }
}

resource "aws_codebuild_project" "plain" {
  name         = "${var.name}-plain"
  service_role = aws_iam_role.this["codebuild"].arn

  source {
    type      = "NO_SOURCE"
    buildspec = "version: 0.2\nphases: {build: {commands: [\"true\"]}}\n"
  }
  artifacts {
    type = "NO_ARTIFACTS"
  }
  environment {
    type         = "LINUX_CONTAINER"
    image        = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    compute_type = "BUILD_GENERAL1_SMALL"
  }
}

resource "aws_kms_key" "this" {
  description             = var.name
  deletion_window_in_days = 7
}

resource "aws_codepipeline" "this" {
  name           = var.name
  role_arn       = aws_iam_role.this["codepipeline"].arn
  pipeline_type  = "V2"
  execution_mode = var.changed ? "QUEUED" : "SUPERSEDED"

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.artifacts.bucket
    encryption_key {
      type = "KMS"
      id   = aws_kms_key.this.arn
    }
  }
  variable {
    name          = "environment"
    default_value = "staging"
    description   = "Where to"
  }
  trigger {
    provider_type = "CodeStarSourceConnection"
    git_configuration {
      source_action_name = "Source"
      push {
        branches {
          includes = ["main", "release/*"]
        }
        file_paths {
          excludes = ["docs/**"]
        }
      }
    }
  }
  stage {
    name = "Source"
    action {
      name             = "Source"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeStarSourceConnection"
      version          = "1"
      namespace        = "SourceVariables"
      output_artifacts = ["source"]
      configuration = {
        ConnectionArn        = var.connection_arn
        FullRepositoryId     = "example-org/${var.name}"
        BranchName           = "main"
        OutputArtifactFormat = "CODE_ZIP"
        DetectChanges        = "true"
      }
    }
  }
  stage {
    name = "Build"
    action {
      name             = "Build"
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      input_artifacts  = ["source"]
      output_artifacts = ["built"]
      configuration = {
        ProjectName          = aws_codebuild_project.this.name
        EnvironmentVariables = jsonencode([{ name = "COMMIT", value = "#{SourceVariables.CommitId}", type = "PLAINTEXT" }])
      }
    }
    action {
      name      = "Approve"
      category  = "Approval"
      owner     = "AWS"
      provider  = "Manual"
      version   = "1"
      run_order = 2
      configuration = {
        CustomData = "Look at it"
      }
    }
  }
}

output "name" { value = var.name }
output "invoked" { value = aws_lambda_invocation.this.result }
