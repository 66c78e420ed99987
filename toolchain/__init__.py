"""Finding the tools that the project needs but cannot install with pip: Terraform and its AWS provider."""
