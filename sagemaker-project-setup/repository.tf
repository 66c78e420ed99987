# What Studio shows as the repository of the project. No secret: the platform's token can write to every repository and
# must not reach a notebook; people clone with their own credentials.
resource "aws_sagemaker_code_repository" "build" {
  code_repository_name = local.code_repository_name

  git_config {
    # SageMaker takes no other scheme. On AWS the address is https already (see the validation of project.repository_url).
    repository_url = replace(var.project.repository_url, "/^http:/", "https:")
    branch         = var.project.branch
  }
}
