terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

# Part of the foundation, alone. The account and the region are those of the credentials in use.
module "key" {
  source = "../../modules/key"

  name = "example"
}

module "logs_and_jobs" {
  source = "../../modules/logs-and-jobs"

  name           = "example"
  kms_key_arn    = module.key.arn
  endpoint_names = ["churn-production"]
  clean_up       = { mode = "report", older_than_days = 14 }
}

output "clean_up" {
  description = "aws ssm start-automation-execution --document-name …"
  value       = module.logs_and_jobs.clean_up_document
}
