# Seeds of one's own, GitHub Apps, and what projects do to repositories that hold other work.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = ""
  github_app_private_key     = "-----BEGIN RSA PRIVATE KEY-----\nnot one\n-----END RSA PRIVATE KEY-----\n"
  github_app                 = { app_id = "4711" }
}

run "what_is_malformed" {
  command = plan
  expect_failures = [
    var.github,
    var.github_app,
    var.seeds,
  ]

  variables {
    github     = { on_existing_content = "overwrite" }
    github_app = { app_id = "47 11", installation_id = 1.5 }
    seeds      = { Risk = { archive = "tests/nothing.zip", sha256 = "abc" } }
  }
}

run "key_that_is_none" {
  command         = plan
  expect_failures = [var.github_app_private_key]

  variables {
    github_app_private_key = "ghp_0123456789"
  }
}

run "key_without_an_app" {
  command         = plan
  expect_failures = [var.github_app_private_key]

  variables {
    github_app = null
  }
}

run "a_seed_of_one_s_own_in_s3" {
  command = plan

  variables {
    github   = { on_existing_content = "pull-request" }
    products = { model-build = { seed = "risk-model" } }
    seeds = {
      risk-model = {
        archive = "s3://example-seeds/risk/model.zip"
        sha256  = "1111111111111111111111111111111111111111111111111111111111111111"
      }
    }
  }

  assert {
    condition     = aws_s3_object_copy.seed["risk-model"].source == "example-seeds/risk/model.zip" && length(aws_s3_object.seed) == 0
    error_message = "An archive in S3 is copied to the state bucket."
  }
  assert {
    condition     = local.own_seeds["risk-model"].key == "objects/1111111111111111111111111111111111111111111111111111111111111111/seed-risk-model.zip"
    error_message = "A seed lies under the hash of its content."
  }
}

run "the_table_forgets" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.seed_requests.ttl[0].attribute_name == "expiration" && aws_dynamodb_table.seed_requests.range_key == "request"
    error_message = "powertools writes when a record expires into `expiration`."
  }
}
