resource "aws_sagemaker_model_package_group" "models" {
  model_package_group_name        = local.sagemaker_name
  model_package_group_description = "Models of the project ${var.project.name} (${var.project.id})."
}
