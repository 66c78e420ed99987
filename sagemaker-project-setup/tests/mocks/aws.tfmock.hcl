# What AWS would answer, for plans without credentials or network.

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}
mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}
mock_data "aws_region" {
  defaults = { id = "eu-central-1" }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{}" }
}
mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/sagemaker-projects/projects/mock" }
}
mock_resource "aws_lambda_invocation" {
  defaults = { result = "{\"status\":\"created\",\"commit_sha\":\"c0ffee\",\"repository_url\":\"https://github.com/example-org/churn\",\"branch\":\"main\"}" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:ml-p-abc123-deploy" }
}
mock_resource "aws_codepipeline" {
  defaults = { arn = "arn:aws:codepipeline:eu-central-1:123456789012:mock" }
}
