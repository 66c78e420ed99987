# The database's way to SageMaker: a role that may invoke the named endpoints and nothing else. The cluster is not looked up: a
# data source that finds nothing ends every plan, that of a destruction too, and its owners may have deleted it.
locals {
  cluster_identifier = var.cluster_identifier == null ? one(aws_rds_cluster.new[*].cluster_identifier) : var.cluster_identifier
  # The role exists before a cluster that is made here; the name is what both have in common.
  cluster_arn = "arn:${local.partition}:rds:${local.region}:${local.account_id}:cluster:${coalesce(var.cluster_identifier, local.new_cluster_name)}"
}

resource "aws_iam_role" "inference" {
  name                 = "${var.name}-aurora-inference"
  path                 = var.role_path
  description          = "Lets the Aurora cluster of ${var.name} invoke SageMaker endpoints"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnEquals    = { "aws:SourceArn" = local.cluster_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "inference" {
  name = "invoke"
  role = aws_iam_role.inference.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "InvokeTheseEndpoints"
      Effect = "Allow"
      Action = "sagemaker:InvokeEndpoint"
      # IAM knows an endpoint by its name in lower case (SageMaker developer guide, "Control access to endpoints").
      Resource = sort(distinct(flatten([
        for endpoint in var.endpoint_names : [
          for spelling in [endpoint, lower(endpoint)] : "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}:endpoint/${spelling}"
        ]
      ])))
    }]
  })
}

resource "aws_rds_cluster_role_association" "inference" {
  db_cluster_identifier = local.cluster_identifier
  feature_name          = "SageMaker"
  role_arn              = aws_iam_role.inference.arn

  depends_on = [aws_iam_role_policy.inference]
}
