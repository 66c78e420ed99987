# Service Catalog assumes this role to create, update and delete a project's stack. The CommandRunner inside the stack
# acts through its own execution role (command-runner.tf), the Terraform it runs through the runner role.
resource "aws_iam_role" "launch" {
  name        = "${var.name}-launch"
  description = "Launches, updates and terminates the products of ${var.name}"

  # AWS documents no source condition for launch roles; PassRole to Service Catalog stays with the platform engineer.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "servicecatalog.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "launch" {
  #checkov:skip=CKV_AWS_355:Service Catalog names its buckets itself; the object tag is the limit that AWS documents. The other actions know no resources.
  name = "projects"
  role = aws_iam_role.launch.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "StacksOfProvisionedProducts"
        Effect = "Allow"
        Action = [
          "cloudformation:CreateStack",
          "cloudformation:UpdateStack",
          "cloudformation:DeleteStack",
          "cloudformation:DescribeStacks",
          "cloudformation:DescribeStackEvents",
          "cloudformation:SetStackPolicy",
          # Service Catalog and SageMaker put their tags on every stack; CloudFormation asks for this besides CreateStack.
          "cloudformation:TagResource",
          "cloudformation:UntagResource",
        ]
        Resource = "arn:${local.partition}:cloudformation:${local.regional_arn}:stack/SC-*"
      },
      {
        # Neither action knows resources.
        Sid      = "CheckTemplates"
        Effect   = "Allow"
        Action   = ["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"]
        Resource = "*"
      },
      {
        # Service Catalog keeps its own copies of templates, in buckets of its own, under this tag.
        Sid       = "ReadTemplates"
        Effect    = "Allow"
        Action    = "s3:GetObject"
        Resource  = "*"
        Condition = { StringEquals = { "s3:ExistingObjectTag/servicecatalog:provisioning" = "true" } }
      },
      {
        # CloudFormation asks a custom resource's function with the credentials of the stack.
        Sid      = "AskTheFunctionThatDeletes"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_function.teardown.arn
      },
    ]
  })
}
