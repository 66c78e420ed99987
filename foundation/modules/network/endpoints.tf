locals {
  gateway_services = toset(["s3", "dynamodb"])

  # The names are com.amazonaws.<region>.<service>, but for SageMaker's pages and for IAM, which has its control plane in one
  # region of a partition (IAM user guide, "Create a VPC endpoint for IAM").
  endpoint_prefix = local.partition == "aws-cn" ? "cn.com.amazonaws.${local.region}" : "com.amazonaws.${local.region}"
  other_names = {
    iam      = "com.amazonaws.iam"
    notebook = "aws.sagemaker.${local.region}.notebook"
    studio   = "aws.sagemaker.${local.region}.studio"
  }
  iam_region = { "aws" = "us-east-1", "aws-us-gov" = "us-gov-west-1", "aws-cn" = "cn-north-1" }

  # Browsers open these with a signed address, not as a principal: SageMaker's own check is the one that counts.
  pages = ["notebook", "studio"]

  policies = { cloudformation = local.stacks_policy, "ecr.api" = local.images_policy, "ecr.dkr" = local.images_policy }

  # In China the newer services carry the plain prefix; only these have the other one.
  china_names = ["cloudformation", "codebuild", "ec2", "ecr.api", "ecr.dkr", "events", "lambda", "sagemaker.api", "sagemaker.runtime", "servicecatalog", "sts"]
  service_names = {
    for service in var.interface_endpoints : service => coalesce(
      lookup(local.other_names, service, null),
      contains(local.china_names, service) ? "${local.endpoint_prefix}.${service}" : "com.amazonaws.${local.region}.${service}",
    )
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_services

  vpc_id            = aws_vpc.network.id
  service_name      = "com.amazonaws.${local.region}.${each.value}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  policy            = each.value == "s3" ? local.s3_policy : local.account_policy
  tags              = { Name = "${var.name}-${each.value}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.service_names

  vpc_id              = aws_vpc.network.id
  service_name        = each.value
  service_region      = each.key == "iam" ? lookup(local.iam_region, local.partition, local.region) : null
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = contains(local.pages, each.key) ? null : lookup(local.policies, each.key, local.account_policy)
  tags                = { Name = "${var.name}-${each.key}" }
}
