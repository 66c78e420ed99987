terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.100 is what the tests run on; nothing used here was removed or deprecated in 6.
      version = ">= 5.100, < 7"
    }
  }
}
