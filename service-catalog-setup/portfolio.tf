resource "aws_servicecatalog_portfolio" "projects" {
  name          = var.name
  description   = "Organization templates for SageMaker projects"
  provider_name = var.portfolio_provider_name
}

# Who sees the products under Studio → Projects → Create project → Organization templates.
resource "aws_servicecatalog_principal_portfolio_association" "studio" {
  for_each = toset(var.studio_execution_role_arns)

  portfolio_id   = aws_servicecatalog_portfolio.projects.id
  principal_arn  = each.value
  principal_type = "IAM"
}
