output "kind" {
  description = "realtime, serverless, async or batch."
  value       = local.kind
}

output "endpoint_name" {
  description = "Endpoint that answers, or null for batch transforms."
  value       = local.has_endpoint ? aws_sagemaker_endpoint.this[local.kind].name : null
}

output "endpoint_config_name" {
  description = "Configuration that the endpoint runs."
  value       = local.has_endpoint ? aws_sagemaker_endpoint_configuration.generation[var.current].name : null
}

output "model_name" {
  description = "Model that is deployed."
  value       = aws_sagemaker_model.generation[var.current].name
}

output "instance_type" {
  description = "Instance type of the environment, for batch transforms too."
  value       = local.settings.instance.type
}

output "encrypt_volume" {
  description = "Whether the instances' disks take the key, those of batch transforms too."
  value       = local.settings.encrypt_volume
}

output "dashboard" {
  description = "CloudWatch dashboard of the endpoint."
  value       = one([for dashboard in aws_cloudwatch_dashboard.endpoint : dashboard.dashboard_name])
}
