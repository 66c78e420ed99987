# Region and credentials come from the runner's environment.
provider "aws" {
  # Studio finds the resources of a project by these two tags, and nothing made by Terraform inherits the stack's tags.
  # They come last: a platform-wide tag cannot hide which project a resource belongs to.
  default_tags {
    tags = merge(var.platform.tags, {
      "sagemaker:project-name"     = var.project.name
      "sagemaker:project-id"       = var.project.id
      "sagemaker-projects:release" = var.platform.release
    })
  }
}
