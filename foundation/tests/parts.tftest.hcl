# Every part alone or with the others, and what they hand to each other and to package 1.
mock_provider "aws" {
  source = "./tests/fakes"
}

run "nothing_but_the_key" {
  command = plan
  assert {
    condition     = length(module.network) + length(module.data) + length(module.studio) + length(module.notebooks) + length(module.aurora_inference) + length(module.logs_and_jobs) == 0
    error_message = "No part is made unless asked for."
  }
  assert {
    condition     = length(keys(output.service_catalog_setup)) == 0
    error_message = "Nothing that was not made is handed over."
  }
}

run "all_parts" {
  variables {
    name          = "team"
    network       = {}
    data          = { one_bucket = true, sample_files = { "notebooks/a.ipynb" = "README.md" } }
    studio        = { roles = { data-scientist = { read = ["raw"], write = ["processed"] }, reviewer = { projects = false } }, users = { ada = { role = "data-scientist" } } }
    notebooks     = { instances = { ada = {} }, delivered = { placeholders = { TEAM = "x" } }, read = ["raw"] }
    logs_and_jobs = { clean_up = { areas = ["processed"] } }
    aurora_inference = {
      endpoint_names = ["churn"]
      new_cluster    = {}
    }
  }
  assert {
    condition     = length(output.service_catalog_setup.studio_execution_role_arns) == 1 && output.service_catalog_setup.network.vpc_id == output.network.vpc_id && output.service_catalog_setup.runner.subnet_id == output.network.subnet_ids[0]
    error_message = "Package 1's variables are handed over as they are."
  }
  assert {
    condition     = output.aurora_inference.database_name == "inference"
    error_message = "What is left out has the module's default."
  }
}

run "in_a_network_that_is_there" {
  command = plan
  variables {
    kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    existing_network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    studio           = {}
  }
  assert {
    condition     = length(module.key) == 0 && output.network == null
    error_message = "Neither a key nor a network is made beside existing ones."
  }
}

run "parts_that_lack_another" {
  command         = plan
  expect_failures = [var.studio, var.notebooks, var.aurora_inference, var.tags]
  variables {
    tags             = { "sagemaker:x" = "y" }
    studio           = { roles = { data-scientist = { read = ["raw"] } } }
    notebooks        = { instances = { ada = {} }, read = ["raw"] }
    aurora_inference = { endpoint_names = ["churn"], new_cluster = {} }
  }
}
