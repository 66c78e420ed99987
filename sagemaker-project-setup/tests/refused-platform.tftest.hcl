# A platform object that package 1 would not write is refused. The variables alone, without the provider.

run "platform_name" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { name = "SageMaker Projects" })
  }

  expect_failures = [var.platform]
}

run "release_that_is_no_version" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { release = "latest" })
  }

  expect_failures = [var.platform]
}

run "product_with_spaces" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { product = "Model build" })
  }

  expect_failures = [var.platform]
}

run "bucket_as_arn" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { object_bucket = "arn:aws:s3:::state" })
  }

  expect_failures = [var.platform]
}

run "key_alias" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/sagemaker-projects" })
  }

  expect_failures = [var.platform]
}

run "boundary_missing" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { permissions_boundary_arn = "" })
  }

  expect_failures = [var.platform]
}

run "role_path_open" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { role_path = "/sagemaker-projects" })
  }

  expect_failures = [var.platform]
}

run "role_path_root" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { role_path = "/" })
  }

  expect_failures = [var.platform]
}

run "retention_unknown" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { log_retention_days = 42 })
  }

  expect_failures = [var.platform]
}

run "contents_unknown" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { artifact_bucket_contents = "archive" })
  }

  expect_failures = [var.platform]
}

run "reserved_tag" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { tags = { "sagemaker:project-id" = "p-other" } })
  }

  expect_failures = [var.platform]
}

run "aws_tag" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { tags = { "aws:team" = "ml" } })
  }

  expect_failures = [var.platform]
}

run "host_in_plain_http" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { github = merge(var.platform.github, { base_url = "http://github.example.com" }) })
  }

  expect_failures = [var.platform]
}

run "host_with_slash" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { github = merge(var.platform.github, { api_url = "https://api.github.com/" }) })
  }

  expect_failures = [var.platform]
}

run "secret_by_name" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { github = merge(var.platform.github, { secret_arn = "sagemaker-projects/github" }) })
  }

  expect_failures = [var.platform]
}

run "visibility_unknown" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { github = merge(var.platform.github, { visibility = "secret" }) })
  }

  expect_failures = [var.platform]
}

run "seed_hash_short" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { seed = merge(var.platform.seed, { sha256 = "abc" }) })
  }

  expect_failures = [var.platform]
}

run "seed_key_of_another_hash" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { seed = merge(var.platform.seed, { key = "objects/seed-model-build.zip" }) })
  }

  expect_failures = [var.platform]
}

run "seed_name_as_path" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { seed = merge(var.platform.seed, { name = "../model-build" }) })
  }

  expect_failures = [var.platform]
}

run "handler_as_path" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { lambdas = { seed_repository = merge(var.platform.lambdas.seed_repository, { handler = "seed_repository/handler" }) } })
  }

  expect_failures = [var.platform]
}

run "runtime_of_another_language" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { lambdas = { seed_repository = merge(var.platform.lambdas.seed_repository, { runtime = "nodejs22.x" }) } })
  }

  expect_failures = [var.platform]
}

run "architecture_unknown" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { lambdas = { seed_repository = merge(var.platform.lambdas.seed_repository, { architecture = "riscv" }) } })
  }

  expect_failures = [var.platform]
}

run "image_of_others" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { build = { image = "docker.io/library/python:3.12" } })
  }

  expect_failures = [var.platform]
}

run "machine_unknown" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { build = { compute_type = "HUGE" } })
  }

  expect_failures = [var.platform]
}

run "build_too_short" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { build = { timeout_minutes = 1 } })
  }

  expect_failures = [var.platform]
}

run "network_without_subnets" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = merge(var.platform, { network = { vpc_id = "vpc-0a1b", subnet_ids = [], security_group_ids = ["sg-0a1b"] } })
  }

  expect_failures = [var.platform]
}
