# What a person could type is refused before anything is made. The variables alone, without the provider: a second for all.

run "id_in_upper_case" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { id = "P-ABC123" })
  }

  expect_failures = [var.project]
}

run "id_without_prefix" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { id = "abc123" })
  }

  expect_failures = [var.project]
}

run "id_too_long" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { id = "p-abcdefghijklmnopqrs" })
  }

  expect_failures = [var.project]
}

run "name_with_a_space" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { name = "My model" })
  }

  expect_failures = [var.project]
}

run "name_too_long" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { name = "a23456789012345678901234567890123" })
  }

  expect_failures = [var.project]
}

run "name_ending_in_a_hyphen" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { name = "churn-" })
  }

  expect_failures = [var.project]
}

run "repository_without_owner" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository = "churn" })
  }

  expect_failures = [var.project]
}

run "repository_as_address" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository = "https://github.com/example-org/churn" })
  }

  expect_failures = [var.project]
}

run "repository_with_git" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository = "example-org/churn.git" })
  }

  expect_failures = [var.project]
}

run "repository_dots" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository = "example-org/.." })
  }

  expect_failures = [var.project]
}

run "repository_with_a_command" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository = "example-org/$(id)" })
  }

  expect_failures = [var.project]
}

run "branch_with_pattern" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { branch = "feature/*" })
  }

  expect_failures = [var.project]
}

run "branch_with_dots" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { branch = "a..b" })
  }

  expect_failures = [var.project]
}

run "branch_ending_in_lock" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { branch = "main.lock" })
  }

  expect_failures = [var.project]
}

run "branch_like_an_option" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { branch = "-main" })
  }

  expect_failures = [var.project]
}

run "address_in_plain_http" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository_url = "http://github.com/example-org/churn" })
  }

  expect_failures = [var.project]
}

run "address_of_another_repository" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository_url = "https://github.com/example-org/other" })
  }

  expect_failures = [var.project]
}

run "address_with_a_password" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository_url = "https://me:secret@github.com/example-org/churn" })
  }

  expect_failures = [var.project]
}

run "connection_of_another_service" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { connection_arn = "arn:aws:codecommit:eu-central-1:123456789012:churn" })
  }

  expect_failures = [var.project]
}

run "connection_that_is_too_long" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, {
      connection_arn = "arn:aws:codeconnections:eu-${join("", [for letter in range(40) : "west"])}-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
    })
  }

  expect_failures = [var.project]
}

run "address_on_another_host" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { repository_url = "https://evil.example/example-org/churn" })
  }

  expect_failures = [var.project]
}

run "repository_that_would_be_deleted" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = merge(var.project, { git_repository = "delete" })
  }

  expect_failures = [var.project]
}
