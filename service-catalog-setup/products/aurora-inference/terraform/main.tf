module "inference" {
  source = "./modules/aurora-inference"

  name                     = "${var.platform.project_prefix}${var.project.id}"
  role_path                = var.platform.role_path
  permissions_boundary_arn = var.platform.permissions_boundary_arn
  endpoint_names           = toset(split(",", var.parameters.EndpointNames))
  cluster_identifier       = var.parameters.ClusterIdentifier
}

output "result" {
  description = "Role that the cluster has now; the project shows it as its Result."
  value       = module.inference.role_arn
}
