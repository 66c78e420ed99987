# Everything that this package can make, for `make posture`, which looks at each resource. No assertion: that is done there.
mock_provider "aws" {
  source = "./tests/fakes"
}

run "everything" {
  variables {
    release_dir                = "tests/releases/3.0.0"
    studio_execution_role_arns = ["arn:aws:iam::111122223333:role/service-role/studio"]
    connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
    github_token               = "ghp_0123456789"
    github_app_private_key     = "" # terraform test wants every ephemeral variable set
    products                   = { model-build = {}, model-build-deploy = {} }
    teardown_network           = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    job_log_groups             = true
  }
}
