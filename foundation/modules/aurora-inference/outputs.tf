output "role_arn" {
  description = "Role through which the database invokes the endpoints."
  value       = aws_iam_role.inference.arn
}

output "cluster_identifier" {
  description = "Cluster that has the role."
  value       = aws_rds_cluster_role_association.inference.db_cluster_identifier
}

output "cluster_endpoint" {
  description = "Address to connect to, of a cluster that was made here; null for an existing one."
  value       = one(aws_rds_cluster.new[*].endpoint)
}

output "database_name" {
  description = "Database of a cluster that was made here; null for an existing one."
  value       = one(aws_rds_cluster.new[*].database_name)
}

output "master_user_secret_arn" {
  description = "Secret that Aurora made for the master user of a new cluster, and rotates; null for an existing one."
  value       = try(aws_rds_cluster.new[0].master_user_secret[0].secret_arn, null)
}

output "sql_directory" {
  description = "Where the SQL files lie."
  value       = "${path.module}/sql"
}
