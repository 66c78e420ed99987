output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.network.id
}

output "subnet_ids" {
  description = "Private subnets, in the order of the zones."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "security_group_id" {
  description = "Security group of what works here: out to the endpoints (and with NAT to the internet on 443), in from each other."
  value       = aws_security_group.workloads.id
}

output "endpoint_security_group_id" {
  description = "Security group of the interface endpoints, for rules of other groups that call AWS."
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list_id" {
  description = "Prefix list of S3, for rules of other groups that reach it through the gateway endpoint."
  value       = aws_vpc_endpoint.gateway["s3"].prefix_list_id
}

output "endpoint_ids" {
  description = "Endpoints by service, for conditions on aws:SourceVpce."
  value       = { for service, endpoint in merge(aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface) : service => endpoint.id }
}

output "network" {
  description = "What package 1's variable `network` takes: builds and functions in this VPC."
  value = {
    vpc_id             = aws_vpc.network.id
    subnet_ids         = [for zone in local.zones : aws_subnet.private[zone].id]
    security_group_ids = [aws_security_group.workloads.id]
  }

  # Nobody starts anything here before it can reach AWS.
  depends_on = [aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway, aws_route.out, aws_route_table_association.private, aws_vpc_security_group_egress_rule.endpoints]
}

output "runner" {
  description = "What package 1's variable `runner` takes, to which other attributes can be merged: runners in this VPC."
  value = {
    subnet_id         = aws_subnet.private[local.zones[0]].id
    security_group_id = aws_security_group.workloads.id
  }

  depends_on = [aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway, aws_route.out, aws_route_table_association.private, aws_vpc_security_group_egress_rule.endpoints]
}
