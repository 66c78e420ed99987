# In: PostgreSQL, from the named groups. Out: HTTPS to the interface endpoints, and nowhere else.
resource "aws_security_group" "new" {
  count = length(local.new_clusters)

  name        = local.new_cluster_name
  description = "Aurora cluster ${local.new_cluster_name}"
  vpc_id      = var.new_cluster.network.vpc_id
  tags        = { Name = local.new_cluster_name }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.new_cluster == null ? {} : var.new_cluster.client_security_group_ids

  security_group_id            = aws_security_group.new[0].id
  description                  = "PostgreSQL from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = each.value
}

# The other end of the same way: the clients' groups have no way out of their own.
resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each = var.new_cluster == null ? {} : var.new_cluster.client_security_group_ids

  security_group_id            = each.value
  description                  = "PostgreSQL to ${local.new_cluster_name}"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.new[0].id
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = length(local.new_clusters)

  security_group_id            = aws_security_group.new[0].id
  description                  = "SageMaker, through the interface endpoint"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = var.new_cluster.endpoint_security_group_id
}
