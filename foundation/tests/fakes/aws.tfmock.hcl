# What AWS would answer, for plans and applies without AWS.
mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}

mock_data "aws_region" {
  defaults = { id = "eu-west-1" }
}

mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b"] }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}

mock_resource "aws_s3_bucket" {
  defaults = { id = "team-data-111122223333-eu-west-1", arn = "arn:aws:s3:::team-data-111122223333-eu-west-1" }
}

mock_resource "aws_vpc" {
  defaults = { id = "vpc-0123456789abcdef0", cidr_block = "10.40.0.0/16" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/team" }
}

mock_resource "aws_iam_policy" {
  defaults = { arn = "arn:aws:iam::111122223333:policy/team" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/team" }
}

mock_resource "aws_ssm_document" {
  defaults = { arn = "arn:aws:ssm:eu-west-1:111122223333:document/team-clean-up" }
}

mock_resource "aws_sagemaker_domain" {
  defaults = { id = "d-abc123", arn = "arn:aws:sagemaker:eu-west-1:111122223333:domain/d-abc123" }
}
