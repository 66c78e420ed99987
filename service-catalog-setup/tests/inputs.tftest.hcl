# Wrong inputs are refused before anything is made. Each run gives several variables a wrong value, and expects each of
# them to be refused.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
}

run "what_is_malformed" {
  command = plan
  expect_failures = [
    var.name,
    var.tags,
    var.studio_execution_role_arns,
    var.log_retention_days,
    var.state_version_retention_days,
    var.release_dir,
    var.products,
    var.terraform_mirror_dir,
    var.github,
    var.github_token,
    var.github_token_version,
    var.connection_arn,
    var.additional_connection_arns,
    var.build,
    var.artifact_bucket_contents,
    var.network,
    var.runner,
    var.portfolio_provider_name,
  ]

  variables {
    name                         = "a-name-that-is-too-long-x"
    tags                         = { "sagemaker:project-id" = "x" }
    studio_execution_role_arns   = []
    log_retention_days           = 42
    state_version_retention_days = 3
    release_dir                  = "tests"
    products                     = { nonexistent = {} }
    terraform_mirror_dir         = "tests"
    github                       = { base_url = "http://github.example.com" }
    github_token                 = "ghp_0123456789\n"
    github_token_version         = 0
    connection_arn               = "arn:aws:codecommit:eu-west-1:111122223333:repository"
    additional_connection_arns   = ["x"]
    build                        = { timeout_minutes = 1000 }
    artifact_bucket_contents     = "archive"
    network                      = { vpc_id = "vpc-1", subnet_ids = [], security_group_ids = ["sg-1"] }
    runner                       = { security_group_id = "sg-1" }
    portfolio_provider_name      = ""
  }
}

run "what_is_well_formed_but_wrong" {
  command = plan
  expect_failures = [
    var.name,
    var.studio_execution_role_arns,
    var.retained_release_dirs,
    var.products,
    var.github,
    var.build,
    var.runner,
  ]

  variables {
    name                       = "ml-p-x" # the prefix of projects
    studio_execution_role_arns = ["arn:aws:sts::111122223333:assumed-role/studio/someone"]
    retained_release_dirs      = ["tests"] # no release in it
    products                   = {}
    github                     = { visibility = "secret" }
    build                      = { compute_type = "LARGE" }
    runner                     = { timeout_seconds = 60 }
  }
}

run "a_version_twice_and_a_trailing_slash" {
  command = plan
  expect_failures = [
    var.retained_release_dirs,
    var.github,
    var.studio_execution_role_arns,
  ]

  variables {
    retained_release_dirs      = ["tests/releases/1.0.0"]
    github                     = { base_url = "https://github.com/" }
    studio_execution_role_arns = ["arn:aws:iam::111122223333:user/someone"]
  }
}

run "a_local_git_host_is_accepted" {
  command = plan

  variables {
    github = { base_url = "http://127.0.0.1:8080" }
  }
  assert {
    condition     = local.github_api_url == "http://127.0.0.1:8080/api/v3"
    error_message = "The API of any host but github.com is below /api/v3."
  }
}

run "github_com_has_its_own_api_host" {
  command = plan

  assert {
    condition     = local.github_api_url == "https://api.github.com"
    error_message = "github.com's API has a host of its own."
  }
}
