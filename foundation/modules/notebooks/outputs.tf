output "urls" {
  description = "Address of each instance (open it through aws sagemaker create-presigned-notebook-instance-url)."
  value       = { for name, instance in aws_sagemaker_notebook_instance.workbench : name => instance.url }
}

output "instance_names" {
  description = "Names of the instances, as SageMaker knows them."
  value       = { for name, instance in aws_sagemaker_notebook_instance.workbench : name => instance.name }
}

output "role_arn" {
  description = "Role of the instances."
  value       = aws_iam_role.notebooks.arn
}
