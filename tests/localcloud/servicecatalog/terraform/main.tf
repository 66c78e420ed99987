terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  max_retries = 1
  default_tags {
    tags = { team = "platform" }
  }
}

variable "template_url" {
  type = string
}

variable "launch_role_arn" {
  type = string
}

variable "principal_arn" {
  type = string
}

variable "guidance" {
  type    = string
  default = "DEFAULT"
}

variable "description" {
  type    = string
  default = "For tests"
}

resource "aws_servicecatalog_portfolio" "this" {
  name          = "terraform-test"
  description   = var.description
  provider_name = "Platform team"
}

resource "aws_servicecatalog_product" "this" {
  name        = "terraform-test"
  owner       = "Platform team"
  type        = "CLOUD_FORMATION_TEMPLATE"
  description = var.description
  tags        = { "sagemaker:studio-visibility" = "true" }

  provisioning_artifact_parameters {
    name         = "first"
    type         = "CLOUD_FORMATION_TEMPLATE"
    template_url = var.template_url
  }
}

resource "aws_servicecatalog_provisioning_artifact" "release" {
  for_each = toset(["1.0.0", "1.1.0"])

  product_id   = aws_servicecatalog_product.this.id
  name         = each.key
  description  = "Release ${each.key}"
  type         = "CLOUD_FORMATION_TEMPLATE"
  template_url = var.template_url
  guidance     = var.guidance
}

resource "aws_servicecatalog_product_portfolio_association" "this" {
  portfolio_id = aws_servicecatalog_portfolio.this.id
  product_id   = aws_servicecatalog_product.this.id
}

resource "aws_servicecatalog_principal_portfolio_association" "this" {
  portfolio_id  = aws_servicecatalog_portfolio.this.id
  principal_arn = var.principal_arn
}

resource "aws_servicecatalog_constraint" "launch" {
  description  = "Launch role"
  portfolio_id = aws_servicecatalog_product_portfolio_association.this.portfolio_id
  product_id   = aws_servicecatalog_product_portfolio_association.this.product_id
  type         = "LAUNCH"
  parameters   = jsonencode({ RoleArn = var.launch_role_arn })
}

resource "aws_servicecatalog_tag_option" "this" {
  key   = "cost-centre"
  value = "42"
}

resource "aws_servicecatalog_tag_option_resource_association" "this" {
  resource_id   = aws_servicecatalog_portfolio.this.id
  tag_option_id = aws_servicecatalog_tag_option.this.id
}

output "ids" {
  description = "Import ids by address"
  value = {
    "aws_servicecatalog_portfolio.this"                       = aws_servicecatalog_portfolio.this.id
    "aws_servicecatalog_product.this"                         = aws_servicecatalog_product.this.id
    "aws_servicecatalog_constraint.launch"                    = aws_servicecatalog_constraint.launch.id
    "aws_servicecatalog_product_portfolio_association.this"   = aws_servicecatalog_product_portfolio_association.this.id
    "aws_servicecatalog_principal_portfolio_association.this" = aws_servicecatalog_principal_portfolio_association.this.id
  }
}
