# AWSUtility::CloudFormation::CommandRunner is registered once per account and region, with an execution role that its
# handlers act through. The role of the public registration script may pass any role and start any instance; this one
# starts instances under the runner's profile and nothing else. The output `command_runner_registration` uses it.
resource "aws_iam_role" "command_runner" {
  name        = "${var.name}-command-runner"
  description = "Execution role of the CommandRunner resource type: starts and removes runner instances"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "resources.cloudformation.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        StringLike   = { "aws:SourceArn" = "arn:${local.partition}:cloudformation:${local.regional_arn}:type/resource/AWSUtility-CloudFormation-CommandRunner/*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "command_runner" {
  name   = "runner-instances"
  role   = aws_iam_role.command_runner.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.command_runner_statements, local.temporary_group_statements) })
}

locals {
  ec2_arn = "arn:${local.partition}:ec2:${local.regional_arn}"

  command_runner_statements = [
    {
      Sid      = "StackOfOneRun"
      Effect   = "Allow"
      Action   = ["cloudformation:CreateStack", "cloudformation:DescribeStacks", "cloudformation:DeleteStack"]
      Resource = "arn:${local.partition}:cloudformation:${local.regional_arn}:stack/AWSUtility-CloudFormation-CommandRunner-*"
    },
    {
      Sid       = "InstancesOfTheRunner"
      Effect    = "Allow"
      Action    = ["ec2:RunInstances", "ec2:TerminateInstances"]
      Resource  = "${local.ec2_arn}:instance/*"
      Condition = { ArnEquals = { "ec2:InstanceProfile" = aws_iam_instance_profile.runner.arn } }
    },
    {
      Sid    = "WhatAnInstanceIsMadeOf"
      Effect = "Allow"
      Action = "ec2:RunInstances"
      Resource = [
        "arn:${local.partition}:ec2:${local.region}::image/*",
        "${local.ec2_arn}:network-interface/*",
        "${local.ec2_arn}:volume/*",
        "${local.ec2_arn}:subnet/${coalesce(var.runner.subnet_id, "*")}",
        "${local.ec2_arn}:security-group/${coalesce(var.runner.security_group_id, "*")}",
      ]
    },
    {
      # CloudFormation puts its own tags on what it makes.
      Sid      = "TagInstances"
      Effect   = "Allow"
      Action   = "ec2:CreateTags"
      Resource = ["${local.ec2_arn}:instance/*", "${local.ec2_arn}:volume/*", "${local.ec2_arn}:security-group/*"]
    },
    {
      # EC2 knows no resources for these.
      Sid      = "Look"
      Effect   = "Allow"
      Action   = ["ec2:DescribeInstances", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = "*"
    },
    {
      Sid       = "GiveInstancesTheRunnerRole"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = aws_iam_role.runner.arn
      Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
    },
    {
      Sid      = "CheckTheProfile"
      Effect   = "Allow"
      Action   = "iam:GetInstanceProfile"
      Resource = aws_iam_instance_profile.runner.arn
    },
    {
      Sid      = "FindTheImage"
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = "arn:${local.partition}:ssm:${local.region}::parameter/aws/service/ami-amazon-linux-latest/*"
    },
    {
      # The type keeps each output in a parameter of ten random letters.
      Sid      = "KeepTheOutput"
      Effect   = "Allow"
      Action   = ["ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"]
      Resource = "arn:${local.partition}:ssm:${local.regional_arn}:parameter/??????????"
    },
    {
      Sid       = "EncryptTheOutput"
      Effect    = "Allow"
      Action    = ["kms:Encrypt", "kms:Decrypt"]
      Resource  = aws_kms_key.platform.arn
      Condition = { StringEquals = { "kms:ViaService" = "ssm.${local.region}.${local.dns_suffix}" } }
    },
  ]

  # Only when no security group is given does the CommandRunner make one, for the length of a run: with a rule for what
  # goes out, in place of EC2's own, and none for what comes in (its BaseTemplate.json).
  temporary_group_statements = var.runner.security_group_id != null ? [] : [
    {
      Sid    = "TemporarySecurityGroup"
      Effect = "Allow"
      Action = [
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupEgress",
      ]
      Resource = ["${local.ec2_arn}:security-group/*", "${local.ec2_arn}:vpc/*"]
    },
  ]
}
