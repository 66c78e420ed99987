terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  max_retries = 1
}

variable "function" {
  type = string
}

variable "word" {
  type = string
}

data "aws_lambda_functions" "this" {}

resource "aws_lambda_invocation" "guard" {
  count           = contains(data.aws_lambda_functions.this.function_names, var.function) ? 1 : 0
  function_name   = var.function
  lifecycle_scope = "CRUD"
  input           = jsonencode({ word = var.word })
}

output "result" {
  value = aws_lambda_invocation.guard[0].result
}
