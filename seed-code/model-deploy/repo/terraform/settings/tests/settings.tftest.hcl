# What the settings refuse, and what they complete. No provider, no account.

variables {
  settings = {}
  given    = {}
}

run "nothing_chosen_is_an_endpoint_on_one_instance" {
  command = plan

  assert {
    condition     = output.settings.kind == "realtime" && output.settings.instance == { type = "ml.m5.large", count = 1 } && output.settings.traffic.roll_back && output.settings.network_isolation
    error_message = "the defaults"
  }
}

run "a_misspelt_choice" {
  command = plan
  variables {
    given = { autoscalling = {} }
  }
  expect_failures = [var.given]
}

run "a_misspelt_choice_in_a_group" {
  command = plan
  variables {
    given = { traffic = { typ = "CANARY" } }
  }
  expect_failures = [var.given]
}

run "a_kind_that_is_none" {
  command = plan
  variables {
    settings = { kind = "edge" }
  }
  expect_failures = [var.settings]
}

run "serverless_with_captured_data" {
  command = plan
  variables {
    settings = { kind = "serverless", data_capture = {} }
  }
  expect_failures = [var.settings]
}

run "serverless_memory_between_the_sizes" {
  command = plan
  variables {
    settings = { kind = "serverless", serverless = { memory_mb = 1500 } }
  }
  expect_failures = [var.settings]
}

run "a_real_time_endpoint_to_zero" {
  command = plan
  variables {
    settings = { autoscaling = { min_instances = 0 } }
  }
  expect_failures = [var.settings]
}

run "an_asynchronous_endpoint_to_zero" {
  command = plan
  variables {
    settings = { kind = "async", autoscaling = { min_instances = 0, load_per_instance = 5 } }
  }
  assert {
    condition     = output.settings.autoscaling.min_instances == 0
    error_message = "asynchronous endpoints scale to zero"
  }
}

run "an_asynchronous_shadow" {
  command = plan
  variables {
    settings = { kind = "async", shadow = { model_package_version = 2 } }
  }
  expect_failures = [var.settings]
}

run "monitoring_of_nothing" {
  command = plan
  variables {
    settings = { monitoring = {} }
  }
  expect_failures = [var.settings]
}

run "a_canary_larger_than_half" {
  command = plan
  variables {
    settings = { traffic = { type = "CANARY", percent = 60 } }
  }
  expect_failures = [var.settings]
}

run "steps_that_take_longer_than_the_update_may" {
  command = plan
  variables {
    settings = { traffic = { type = "LINEAR", percent = 10, wait_seconds = 300 } }
  }
  expect_failures = [var.settings]
}

run "an_update_that_terraform_would_not_wait_for" {
  command = plan
  variables {
    settings = { traffic = { timeout_seconds = 3600 } }
  }
  expect_failures = [var.settings]
}

run "steps_that_fit" {
  command = plan
  variables {
    settings = { traffic = { type = "LINEAR", percent = 34, wait_seconds = 600, timeout_seconds = 2400 } }
  }
  assert {
    condition     = output.settings.traffic.percent == 34
    error_message = "three steps of ten minutes fit into forty"
  }
}

run "a_version_that_is_no_number_of_one" {
  command = plan
  variables {
    settings = { model_package_version = 0 }
  }
  expect_failures = [var.settings]
}
