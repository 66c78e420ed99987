# Two groups: one for what works here (runners, builds, functions, Studio, jobs, endpoints), one for the endpoints. A group that
# Terraform makes has no rules: what follows is all that may leave.
resource "aws_security_group" "workloads" {
  name        = "${var.name}-workloads"
  description = "Runners, builds, Studio, jobs and endpoints of ${var.name}"
  vpc_id      = aws_vpc.network.id
  tags        = { Name = "${var.name}-workloads" }

  #checkov:skip=CKV2_AWS_5:Given to whatever works in this network, through the outputs.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "endpoints" {
  #checkov:skip=CKV2_AWS_5:The interface endpoints have it (endpoints.tf).
  name        = "${var.name}-endpoints"
  description = "Interface endpoints of ${var.name}"
  vpc_id      = aws_vpc.network.id
  tags        = { Name = "${var.name}-endpoints" }

  lifecycle {
    create_before_destroy = true
  }
}

# Aurora and others have groups of their own, which reach the endpoints from inside the VPC too. Who may do what there is
# decided by the endpoints' policies and the callers' roles.
resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from this VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = aws_vpc.network.cidr_block
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.workloads.id
  description                  = "AWS, through the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.endpoints.id
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = aws_vpc_endpoint.gateway

  security_group_id = aws_security_group.workloads.id
  description       = "${each.key}, through the gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = each.value.prefix_list_id
}

# Amazon Linux's package mirrors answer on plain HTTP too; packages are signed. They live in S3.
resource "aws_vpc_security_group_egress_rule" "packages" {
  security_group_id = aws_security_group.workloads.id
  description       = "Amazon Linux packages, through the S3 gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  prefix_list_id    = aws_vpc_endpoint.gateway["s3"].prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.nat == "none" ? 0 : 1

  security_group_id = aws_security_group.workloads.id
  description       = "HTTPS to the internet: the git host, package indexes"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# Studio's apps talk to each other and to the home directories (NFS); the instances of one training job do as well.
resource "aws_vpc_security_group_ingress_rule" "among_workloads" {
  #checkov:skip=CKV_AWS_25:From members of the group only, as referenced_security_group_id says.
  security_group_id            = aws_security_group.workloads.id
  description                  = "Members of this group"
  ip_protocol                  = "tcp"
  from_port                    = 1024
  to_port                      = 65535
  referenced_security_group_id = aws_security_group.workloads.id
}

resource "aws_vpc_security_group_egress_rule" "among_workloads" {
  security_group_id            = aws_security_group.workloads.id
  description                  = "Members of this group"
  ip_protocol                  = "tcp"
  from_port                    = 1024
  to_port                      = 65535
  referenced_security_group_id = aws_security_group.workloads.id
}
