output "log_group_names" {
  description = "Log groups that are owned."
  value       = sort([for group in aws_cloudwatch_log_group.sagemaker : group.name])
}

output "clean_up_document" {
  description = "Automation that cleans up, to be run by hand with aws ssm start-automation-execution --document-name …; null without one."
  value       = one([for document in aws_ssm_document.clean_up : document.name])
}
