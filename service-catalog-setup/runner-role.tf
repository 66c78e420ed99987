# The instance that applies package 2 acts as this role. What it may do to projects is in runner-projects.tf and
# runner-iam.tf; here is its access to state, releases and its log.
resource "aws_iam_role" "runner" {
  name                 = "${var.name}-runner"
  description          = "Creates, updates and destroys the resources of SageMaker projects with Terraform"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# The CommandRunner's template cannot ask for IMDSv2. What the machine's credentials can do, it can do only when they were
# fetched that way (EC2 user guide, "ec2:RoleDelivery"). An inline policy: the build that destroys shares the managed ones.
resource "aws_iam_role_policy" "runner" {
  name = "credentials"
  role = aws_iam_role.runner.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyThroughTheSecondMetadataService"
      Effect    = "Deny"
      Action    = "*"
      Resource  = "*"
      Condition = { NumericLessThan = { "ec2:RoleDelivery" = "2.0" } }
    }]
  })
}

resource "aws_iam_instance_profile" "runner" {
  name = aws_iam_role.runner.name
  role = aws_iam_role.runner.name
}

locals {
  runner_policies = {
    state    = local.runner_state_statements
    iam      = local.runner_iam_statements
    storage  = local.runner_storage_statements
    services = concat(local.runner_service_statements, local.runner_network_statements)
  }

  runner_state_statements = [
    {
      Sid      = "StateAndRunRecords"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = "${aws_s3_bucket.state.arn}/projects/*"
    },
    {
      Sid      = "ReadReleases"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.state.arn}/objects/*"
    },
    {
      # Without it S3 answers 403 instead of 404 for a state that is not there yet.
      Sid      = "SeeWhetherAStateExists"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = aws_s3_bucket.state.arn
    },
    {
      Sid       = "LockProjects"
      Effect    = "Allow"
      Action    = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
      Resource  = aws_dynamodb_table.locks.arn
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = "${aws_s3_bucket.state.id}/projects/*" } }
    },
    {
      # Whether the run that holds a project's lease still lives. EC2 knows no resources here.
      Sid      = "AskAfterInstances"
      Effect   = "Allow"
      Action   = "ec2:DescribeInstances"
      Resource = "*"
    },
    {
      Sid      = "AskAfterBuilds"
      Effect   = "Allow"
      Action   = "codebuild:BatchGetBuilds"
      Resource = local.teardown_build_arn
    },
    {
      Sid      = "TellHowARunEnded"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = "arn:${local.partition}:events:${local.regional_arn}:event-bus/default"
      # A call can carry several events: all of them, and at least one.
      Condition = { "ForAllValues:StringEquals" = { "events:source" = var.name }, Null = { "events:source" = "false" } }
    },
    {
      # Never on its own: states and releases in S3, locks in DynamoDB.
      Sid       = "UseTheKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = aws_kms_key.platform.arn
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["s3", "dynamodb"] : "${service}.${local.region}.${local.dns_suffix}"] } }
    },
    {
      # Lambda encrypts the variables of the seed functions, and shows them to whom it can decrypt them for.
      Sid       = "VariablesOfFunctions"
      Effect    = "Allow"
      Action    = ["kms:Encrypt", "kms:Decrypt"]
      Resource  = aws_kms_key.platform.arn
      Condition = { StringEquals = { "kms:ViaService" = "lambda.${local.region}.${local.dns_suffix}" } }
    },
    {
      # And keeps a grant for them.
      Sid      = "LetLambdaUseTheKey"
      Effect   = "Allow"
      Action   = "kms:CreateGrant"
      Resource = aws_kms_key.platform.arn
      Condition = {
        Bool         = { "kms:GrantIsForAWSResource" = "true" }
        StringEquals = { "kms:ViaService" = "lambda.${local.region}.${local.dns_suffix}" }
      }
    },
    {
      Sid      = "OwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = ["${aws_cloudwatch_log_group.runner.arn}", "${aws_cloudwatch_log_group.runner.arn}:*"]
    },
  ]
}

# Managed policies, so that whatever else runs Terraform for a project can be given exactly the same.
resource "aws_iam_policy" "runner" {
  for_each = local.runner_policies

  name        = "${var.name}-runner-${each.key}"
  description = "Runner of ${var.name}: ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_role_policy_attachment" "runner" {
  for_each = local.runner_policies

  role       = aws_iam_role.runner.name
  policy_arn = aws_iam_policy.runner[each.key].arn
}
