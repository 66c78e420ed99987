locals {
  default_role = coalesce(var.default_role, sort(keys(var.roles))[0])
}

resource "aws_iam_role" "execution" {
  for_each = var.roles

  name        = "${var.name}-studio-${each.key}"
  description = "Studio users of ${var.name}: ${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      # The source identity is the user profile's name (domain.tf).
      Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  for_each = var.roles

  name = "studio"
  role = aws_iam_role.execution[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.studio_statements,
      local.look_statements,
      [for statement in local.project_statements : statement if each.value.projects],
      [for statement in local.approval_statements : statement if each.value.approve_models],
      [for statement in local.job_statements : statement if each.value.run_jobs],
      local.workbench_statements[each.key],
      [for statement in local.interface_statements : statement if each.value.run_jobs || length(each.value.workbenches) > 0],
      [for role in aws_iam_role.execution[each.key][*] : merge(local.pass_statement, { Resource = role.arn }) if each.value.run_jobs],
    )
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  for_each = merge([
    for role, settings in var.roles : { for key, arn in settings.policy_arns : "${role}/${key}" => { role = role, policy = arn } }
  ]...)

  role       = aws_iam_role.execution[each.value.role].name
  policy_arn = each.value.policy
}
