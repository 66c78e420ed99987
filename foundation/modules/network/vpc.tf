resource "aws_vpc" "network" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true # the endpoints' private names need both
  tags                 = { Name = var.name }
}

locals {
  zones = coalesce(var.availability_zones, slice(sort(data.aws_availability_zones.open.names), 0, 2))

  # Eighths of the network: the first six are for private subnets, the last one holds the small public ones. A zone's
  # addresses depend on its place in the list alone.
  private_cidrs = { for index, zone in local.zones : zone => cidrsubnet(var.cidr_block, 3, index) }
  public_cidrs  = { for index, zone in local.zones : zone => cidrsubnet(cidrsubnet(var.cidr_block, 3, 7), 4, index) }
}

resource "aws_subnet" "private" {
  for_each = local.private_cidrs

  vpc_id            = aws_vpc.network.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  for_each = local.private_cidrs

  vpc_id = aws_vpc.network.id
  tags   = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.private_cidrs

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# Whatever names no security group gets the VPC's default one: it allows nothing, neither in nor out.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.network.id
  tags   = { Name = "${var.name}-closed" }
}
