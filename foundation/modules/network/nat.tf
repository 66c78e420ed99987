# A way out, only when asked for. Public subnets hold the NAT gateways and nothing else.
locals {
  nat_zones = {
    "none"     = []
    "single"   = slice(local.zones, 0, 1)
    "per-zone" = local.zones
  }[var.nat]
}

resource "aws_internet_gateway" "out" {
  count = var.nat == "none" ? 0 : 1

  vpc_id = aws_vpc.network.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = toset(local.nat_zones)

  vpc_id            = aws_vpc.network.id
  availability_zone = each.value
  cidr_block        = local.public_cidrs[each.value]
  tags              = { Name = "${var.name}-public-${each.value}" }
}

resource "aws_route_table" "public" {
  count = var.nat == "none" ? 0 : 1

  vpc_id = aws_vpc.network.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "public" {
  count = var.nat == "none" ? 0 : 1

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.out[0].id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  #checkov:skip=CKV2_AWS_19:It belongs to the NAT gateway beside it.
  for_each = aws_subnet.public

  domain = "vpc"
  tags   = { Name = "${var.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "out" {
  for_each = aws_subnet.public

  subnet_id     = each.value.id
  allocation_id = aws_eip.nat[each.key].id
  tags          = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_route.public]
}

resource "aws_route" "out" {
  for_each = var.nat == "none" ? {} : aws_route_table.private

  route_table_id         = each.value.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = try(aws_nat_gateway.out[each.key], one(values(aws_nat_gateway.out))).id
}
