output "domain_id" {
  description = "The domain."
  value       = aws_sagemaker_domain.studio.id
}

output "domain_url" {
  description = "Where people sign in (with IAM: through a signed address, aws sagemaker create-presigned-domain-url)."
  value       = aws_sagemaker_domain.studio.url
}

output "execution_role_arns" {
  description = "Roles of the users, by name: `values(…)` is what package 1's variable `studio_execution_role_arns` takes."
  value       = { for role, made in aws_iam_role.execution : role => made.arn }
}

output "project_role_arns" {
  description = "Roles that may create projects, sorted: package 1's variable `studio_execution_role_arns` makes them principals of the portfolio."
  value       = sort([for role, settings in var.roles : aws_iam_role.execution[role].arn if settings.projects])
}

output "user_profile_arns" {
  description = "User profiles, by name."
  value       = { for user, profile in aws_sagemaker_user_profile.user : user => profile.arn }
}
