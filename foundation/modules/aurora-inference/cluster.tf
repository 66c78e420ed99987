locals {
  new_cluster_name = "${var.name}-inference"
  new_clusters     = var.new_cluster == null ? {} : { (local.new_cluster_name) = var.new_cluster }
}

resource "aws_rds_cluster" "new" {
  #checkov:skip=CKV_AWS_139:deletion_protection is the account's choice, and true unless it says otherwise.
  #checkov:skip=CKV_AWS_133:backup_retention_days is 7 unless the account says otherwise, and validated to be at least 1.
  #checkov:skip=CKV2_AWS_8:Aurora's own continuous backup covers backup_retention_days; a plan of AWS Backup is the account's.
  #checkov:skip=CKV2_AWS_27:Query logging would put rows into CloudWatch; log_statement is ddl (parameter group).
  count = length(local.new_clusters)

  cluster_identifier              = local.new_cluster_name
  engine                          = "aurora-postgresql"
  engine_version                  = var.new_cluster.engine_version
  database_name                   = var.new_cluster.database_name
  master_username                 = "platform"
  manage_master_user_password     = true
  master_user_secret_kms_key_id   = var.new_cluster.kms_key_arn
  storage_encrypted               = true
  kms_key_id                      = var.new_cluster.kms_key_arn
  db_subnet_group_name            = aws_db_subnet_group.new[0].name
  vpc_security_group_ids          = [aws_security_group.new[0].id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.new[0].name

  iam_database_authentication_enabled = true
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  backup_retention_period             = var.new_cluster.backup_retention_days
  copy_tags_to_snapshot               = true
  deletion_protection                 = var.new_cluster.deletion_protection
  skip_final_snapshot                 = !var.new_cluster.final_snapshot
  final_snapshot_identifier           = var.new_cluster.final_snapshot ? "${local.new_cluster_name}-last" : null

  serverlessv2_scaling_configuration {
    min_capacity = var.new_cluster.minimum_acu
    max_capacity = var.new_cluster.maximum_acu
  }

  # The association beside this resource is one of the cluster's roles. Minor versions come by themselves (below), and RDS does not
  # go back: a new major version is begun in the console.
  lifecycle {
    ignore_changes = [engine_version, iam_roles]
  }

  # Aurora makes the group itself, and for ever, if it is not there.
  depends_on = [aws_cloudwatch_log_group.new]
}

resource "aws_rds_cluster_instance" "new" {
  #checkov:skip=CKV_AWS_118:Performance Insights tells what a serverless writer does; enhanced monitoring needs a role of its own.
  count = length(local.new_clusters)

  identifier                      = "${local.new_cluster_name}-1"
  cluster_identifier              = aws_rds_cluster.new[0].id
  engine                          = aws_rds_cluster.new[0].engine
  engine_version                  = aws_rds_cluster.new[0].engine_version
  instance_class                  = "db.serverless"
  publicly_accessible             = false
  auto_minor_version_upgrade      = true
  copy_tags_to_snapshot           = true
  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.new_cluster.kms_key_arn

  lifecycle {
    ignore_changes = [engine_version]
  }
}

resource "aws_rds_cluster_parameter_group" "new" {
  count = length(local.new_clusters)

  name        = local.new_cluster_name
  family      = "aurora-postgresql${split(".", var.new_cluster.engine_version)[0]}"
  description = "TLS only; changes of the schema are logged"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }
}

resource "aws_db_subnet_group" "new" {
  count = length(local.new_clusters)

  name        = local.new_cluster_name
  description = "Private subnets of ${local.new_cluster_name}"
  subnet_ids  = var.new_cluster.network.subnet_ids
}

resource "aws_cloudwatch_log_group" "new" {
  #checkov:skip=CKV_AWS_338:Ninety days show what happened; the audit trail is CloudTrail's.
  count = length(local.new_clusters)

  name              = "/aws/rds/cluster/${local.new_cluster_name}/postgresql"
  retention_in_days = 90
  kms_key_id        = var.new_cluster.kms_key_arn
}
