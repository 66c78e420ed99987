resource "aws_iam_role" "notebooks" {
  name                 = "${var.name}-notebooks"
  path                 = var.role_path
  description          = "Notebook instances of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn
  # A policy that somebody else attached must not keep the role.
  force_detach_policies = true

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "notebooks" {
  name = "workbench"
  role = aws_iam_role.notebooks.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.instance_statements,
      [for statement in local.notebook_statements : statement if var.notebooks != null],
      [for statement in local.secret_statements : statement if length(local.secret_arns) > 0],
    )
  })
}

resource "aws_iam_role_policy_attachment" "notebooks" {
  for_each = var.policy_arns

  role       = aws_iam_role.notebooks.name
  policy_arn = each.value
}

locals {
  subnet_arns   = [for id in var.network.subnet_ids : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:subnet/${id}"]
  group_arns    = [for id in var.network.security_group_ids : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${id}"]
  interface_arn = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"
  log_group_arn = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/NotebookInstances"

  instance_statements = [
    {
      Sid      = "StopWhenIdle"
      Effect   = "Allow"
      Action   = ["sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance"]
      Resource = [for instance in keys(var.instances) : "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}:notebook-instance/${var.name}-${instance}"]
    },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = [local.log_group_arn, "${local.log_group_arn}:*"]
    },
    {
      Sid       = "Volumes"
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = var.kms_key_arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
    {
      # The condition above is of grants alone.
      Sid      = "LookAtTheKey"
      Effect   = "Allow"
      Action   = "kms:DescribeKey"
      Resource = var.kms_key_arn
    },
    {
      # EC2's describe calls know no resource-level permissions.
      Sid      = "DescribeNetwork"
      Effect   = "Allow"
      Action   = ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = "*"
    },
    {
      Sid      = "CreateInterfaces"
      Effect   = "Allow"
      Action   = "ec2:CreateNetworkInterface"
      Resource = concat([local.interface_arn], local.subnet_arns, local.group_arns)
    },
    {
      Sid       = "LendAndDeleteInterfaces"
      Effect    = "Allow"
      Action    = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
      Resource  = local.interface_arn
      Condition = { ArnEquals = { "ec2:Subnet" = local.subnet_arns } }
    },
  ]

  notebook_bucket_arn = "arn:${local.partition}:s3:::${try(var.notebooks.bucket, "")}"
  notebook_statements = [
    {
      Sid      = "ReadNotebooks"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.notebook_bucket_arn}/${try(var.notebooks.prefix, "")}*"
    },
    {
      Sid       = "ListNotebooks"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = local.notebook_bucket_arn
      Condition = { StringLike = { "s3:prefix" = ["${try(var.notebooks.prefix, "")}*"] } }
    },
    {
      Sid      = "DecryptNotebooks"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = coalesce(try(var.notebooks.kms_key_arn, null), var.kms_key_arn)
      Condition = {
        StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
        StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [local.notebook_bucket_arn, "${local.notebook_bucket_arn}/*"] }
      }
    },
  ]

  secret_statements = [
    for arn in local.secret_arns : {
      Sid      = "GitCredentials"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = arn
    }
  ]
}
