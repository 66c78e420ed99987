terraform {
  # 1.10 locks the state with an object beside it (use_lockfile). terraform.toml has the version that the build runs.
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }

  # Partial on purpose: `python -m deploy` gives bucket, key (deploy/<environment>/terraform.tfstate), region and KMS key.
  backend "s3" {}
}
