# What the network lets in and out, by default and with NAT, and which inputs are refused.
mock_provider "aws" {
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
    defaults = { names = ["eu-west-1c", "eu-west-1a", "eu-west-1b"] }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/team-flow-logs" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/team/network/flow" }
  }
}

variables {
  name        = "team"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "closed_by_default" {
  assert {
    condition     = length(aws_internet_gateway.out) + length(aws_nat_gateway.out) + length(aws_route.out) + length(aws_subnet.public) == 0
    error_message = "Without nat there is no way to the internet."
  }
  assert {
    condition     = keys(local.private_cidrs) == ["eu-west-1a", "eu-west-1b"] && values(local.private_cidrs) == ["10.40.0.0/19", "10.40.32.0/19"]
    error_message = "Two zones, each with an eighth of the network."
  }
  assert {
    condition = alltrue([
      for rule in concat(
        values(aws_vpc_security_group_egress_rule.gateways),
        aws_vpc_security_group_egress_rule.internet,
        [aws_vpc_security_group_egress_rule.endpoints, aws_vpc_security_group_egress_rule.packages, aws_vpc_security_group_egress_rule.among_workloads],
      ) : rule.cidr_ipv4 == null
    ])
    error_message = "No address outside may be reached."
  }
  assert {
    condition     = length(setsubtract(["application-autoscaling", "cloudformation", "codebuild", "codeconnections.api", "codepipeline", "ecr.api", "ecr.dkr", "events", "kms", "lambda", "logs", "rds", "sagemaker.api", "sagemaker.runtime", "secretsmanager", "servicecatalog", "sns", "sts", "s3", "dynamodb"], keys(output.endpoint_ids))) == 0
    error_message = "Everything that the journeys call needs an endpoint."
  }
  assert {
    condition     = aws_vpc_endpoint.interface["iam"].service_name == "com.amazonaws.iam" && aws_vpc_endpoint.interface["iam"].service_region == "us-east-1"
    error_message = "IAM is reached in the region of its control plane."
  }
  assert {
    condition = alltrue([
      for endpoint in concat(values(aws_vpc_endpoint.interface), values(aws_vpc_endpoint.gateway)) : alltrue([
        for statement in jsondecode(endpoint.policy).Statement :
        statement.Action != "*" || contains(keys(try(statement.Condition.StringEquals, {})), "aws:ResourceAccount")
      ])
    ])
    error_message = "No endpoint may let everything through to other accounts."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_vpc_endpoint.interface["cloudformation"].policy).Statement : statement.Condition
      if !contains(keys(try(statement.Condition.StringEquals, {})), "aws:PrincipalAccount") && !can(statement.Condition.Bool)
    ] == [{ StringEquals = { "aws:ResourceAccount" = ["111122223333"] } }]
    error_message = "An instance that asks for its stack is no principal; the stack is of the account all the same."
  }
  assert {
    condition     = alltrue([for key, endpoint in aws_vpc_endpoint.interface : key == "cloudformation" || !strcontains(endpoint.policy, "InstancesAskForTheirStack")])
    error_message = "Only CloudFormation is asked without a principal."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_vpc_endpoint.gateway["s3"].policy).Statement : statement.Action != "s3:PutObject" || alltrue([for arn in flatten([statement.Resource]) : startswith(arn, "arn:aws:s3:::cloudformation-")])])
    error_message = "Nothing but answers to CloudFormation may be written to AWS's buckets."
  }
  assert {
    condition     = aws_flow_log.network.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.flow.retention_in_days == 90
    error_message = "All traffic is logged, encrypted, for 90 days."
  }
  assert {
    condition     = length(output.network.subnet_ids) == 2 && output.runner.subnet_id == output.network.subnet_ids[0] && output.network.security_group_ids == [output.runner.security_group_id]
    error_message = "The outputs must fit package 1's variables network and runner."
  }
}

run "a_gateway_per_zone" {
  variables {
    nat                 = "per-zone"
    availability_zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    interface_endpoints = ["sts", "studio"]
  }
  assert {
    condition     = length(aws_nat_gateway.out) == 3 && length(aws_route.out) == 3 && alltrue([for subnet in aws_subnet.public : subnet.map_public_ip_on_launch != true])
    error_message = "Each zone has its own gateway, in a subnet that gives nobody else an address."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.internet[0].from_port == 443 && aws_vpc_security_group_egress_rule.internet[0].to_port == 443
    error_message = "With NAT, HTTPS and nothing else goes out."
  }
  assert {
    condition     = aws_vpc_endpoint.interface["studio"].service_name == "aws.sagemaker.eu-west-1.studio"
    error_message = "Studio's endpoint has a name of its own."
  }
}

run "one_gateway_for_all" {
  command = plan
  variables {
    nat = "single"
  }
  assert {
    condition     = length(aws_nat_gateway.out) == 1 && length(aws_route.out) == 2
    error_message = "Every zone's way out is the one gateway."
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.kms_key_arn, var.cidr_block, var.availability_zones, var.nat, var.interface_endpoints, var.trusted_account_ids, var.flow_log_retention_days]
  variables {
    name                    = "Team"
    kms_key_arn             = "alias/team"
    cidr_block              = "10.40.0.1/28"
    availability_zones      = ["eu-west-1a"]
    nat                     = "yes"
    interface_endpoints     = ["s3"]
    trusted_account_ids     = ["12"]
    flow_log_retention_days = 42
  }
}
