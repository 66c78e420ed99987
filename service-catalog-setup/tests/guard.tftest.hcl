# What a plan refuses, what is told to whom, and when drift is looked for.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/1.1.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  elsewhere = {
    account_id        = "444455556666"
    role_arn          = "arn:aws:iam::444455556666:role/sagemaker-projects-prod-deployment"
    external_id       = "a-long-word"
    endpoint_role_arn = "arn:aws:iam::444455556666:role/sagemaker-projects-prod-endpoint"
    data_bucket       = "target-data"
    kms_key_arn       = "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555555"
  }
}

# One project that needs what this configuration no longer offers, one that needs nothing of it any more, and one
# whose product and role were never offered by this package.
override_data {
  target = data.aws_lambda_functions.all
  values = { function_names = ["ml-projects-watch", "another"] }
}

override_data {
  target = data.aws_lambda_invocation.usage
  values = {
    result = "{\"outcome\":\"answered\",\"projects\":[{\"id\":\"p-1\",\"name\":\"churn\",\"product\":\"trial\",\"release\":\"1.0.0\",\"releases\":[\"1.0.0\"],\"principal\":\"arn:aws:iam::111122223333:role/former\",\"status\":\"AVAILABLE\"},{\"id\":\"p-2\",\"name\":null,\"product\":null,\"release\":null,\"releases\":[],\"principal\":null,\"status\":null},{\"id\":\"p-3\",\"name\":\"old\",\"product\":\"foreign\",\"release\":\"0.1.0\",\"releases\":[\"0.1.0\"],\"principal\":\"arn:aws:iam::111122223333:role/admin\",\"status\":\"AVAILABLE\"}],\"installed\":{\"products\":[\"model-build\",\"trial\"],\"principals\":[\"arn:aws:iam::111122223333:role/former\",\"arn:aws:iam::111122223333:role/studio\"],\"releases\":[\"1.0.0\",\"1.1.0\"]}}"
  }
}

run "what_projects_use_is_not_removed" {
  command         = plan
  expect_failures = [aws_lambda_invocation.guard]

  assert {
    condition     = local.losses.products == ["product trial: churn (p-1)"]
    error_message = "The product in use is named, with its project; one that was never offered is not."
  }
  assert {
    condition     = local.losses.principals == ["arn:aws:iam::111122223333:role/former: churn (p-1)"]
    error_message = "The role in use is named, with its project."
  }
  assert {
    condition     = local.losses.releases == ["release 1.0.0: churn (p-1)"]
    error_message = "The release in use is named, with its project."
  }
}

run "what_is_kept_or_unused_is_no_loss" {
  command = plan
  variables {
    retained_release_dirs      = ["tests/releases/1.0.0"]
    studio_execution_role_arns = ["arn:aws:iam::111122223333:role/former"]
  }
  override_data {
    target = data.aws_lambda_invocation.usage
    values = {
      result = "{\"projects\":[{\"id\":\"p-1\",\"name\":\"churn\",\"product\":\"model-build\",\"release\":\"1.0.0\",\"releases\":[\"1.0.0\",\"1.1.0\"],\"principal\":\"arn:aws:iam::111122223333:role/former\",\"status\":\"AVAILABLE\"}],\"installed\":{\"products\":[\"model-build\",\"trial\"],\"principals\":[\"arn:aws:iam::111122223333:role/former\",\"arn:aws:iam::111122223333:role/studio\"],\"releases\":[\"1.0.0\",\"1.1.0\"]}}"
    }
  }

  assert {
    condition     = length(flatten(values(local.losses))) == 0
    error_message = "Removing what nobody uses is allowed."
  }
  assert {
    condition     = jsondecode(aws_lambda_invocation.guard.input) == { deletion_protection = true, delete_history = false } && aws_lambda_invocation.guard.lifecycle_scope == "CRUD"
    error_message = "A destruction asks the function first, and by default it is refused."
  }
  assert {
    condition     = alltrue([for sid in ["TheBucketStays", "OldStatesStay"] : contains(local.protection_statements[*].Sid, sid)]) && !aws_s3_bucket.state.force_destroy && aws_dynamodb_table.locks.deletion_protection_enabled
    error_message = "Bucket, old states and table are protected."
  }
  assert {
    condition     = alltrue([for statement in local.watch_statements : !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])])
    error_message = "Actions are spelled out."
  }
  assert {
    condition     = length([for statement in local.watch_statements : statement if length(setintersection(flatten([statement.Action]), ["s3:PutObject", "s3:DeleteObject", "iam:PassRole"])) > 0]) == 0
    error_message = "The function only looks, and starts plans."
  }
}

run "before_there_is_a_function_nothing_is_asked" {
  command = plan
  override_data {
    target = data.aws_lambda_functions.all
    values = { function_names = ["another"] }
  }

  assert {
    condition     = length(data.aws_lambda_invocation.usage) == 0 && length(flatten(values(local.losses))) == 0
    error_message = "The first plan asks nobody."
  }
  assert {
    condition     = keys(aws_cloudwatch_event_rule.notify) == ["build-failed", "drift", "left", "run-failed"] && length(aws_sns_topic.notifications) == 1
    error_message = "By default failures and drift go to a topic of the package."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.notify["drift"].event_pattern) == { source = ["sagemaker-projects"], detail-type = ["SageMaker Project Run Ended"], detail = { action = ["plan"], outcome = ["succeeded"], changes = [true] } }
    error_message = "Drift is a plan that would change something."
  }
  assert {
    # As runner/project.sh writes it into the run record.
    condition     = jsondecode(aws_cloudwatch_event_rule.notify["left"].event_pattern).detail == { action = ["destroy"], left = [{ prefix = "release " }] }
    error_message = "A deletion that names what it may have left is told, although it succeeded."
  }
  assert {
    # Names of projects may stand in a text, reasons and addresses may not: EventBridge escapes nothing.
    condition     = alltrue([for notice in values(local.notices) : length(setsubtract(flatten(regexall("<([a-z]+)>", notice.template)), keys(notice.paths))) == 0 && length(regexall("\"[^\"]*<run>[^\"]*\"", notice.template)) == 0])
    error_message = "Every placeholder has its path, and the record stands by itself."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.watch["schedule"].schedule_expression == "rate(1 day)" && !strcontains(local.watch_name, "sagemaker")
    error_message = "Drift is looked for once a day, by a function that AmazonSageMakerFullAccess does not open."
  }
}

run "nobody_is_told_and_nothing_is_looked_for" {
  command = plan
  variables {
    retained_release_dirs = ["tests/releases/1.0.0"]
    notifications         = null
    drift_schedule        = null
    deletion_protection   = false
    delete_history        = true
  }
  override_data {
    target = data.aws_lambda_functions.all
    values = { function_names = [] }
  }

  assert {
    condition     = length(aws_sns_topic.notifications) == 0 && length(aws_cloudwatch_event_rule.notify) == 0 && length(aws_cloudwatch_event_rule.watch) == 0 && output.notification_topic_arn == null
    error_message = "null switches both off."
  }
  assert {
    condition     = aws_s3_bucket.state.force_destroy && length(local.protection_statements) == 0
    error_message = "Without protection the bucket goes, with what is in it when that was said."
  }
}

run "a_topic_of_ones_own" {
  command = plan
  variables {
    notifications  = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:alerts", drift = false }
    drift_schedule = "cron(0 5 ? * MON-FRI *)"
  }
  override_data {
    target = data.aws_lambda_functions.all
    values = { function_names = [] }
  }

  assert {
    condition     = length(aws_sns_topic.notifications) == 0 && keys(aws_cloudwatch_event_target.notify) == ["build-failed", "left", "run-failed"] && aws_cloudwatch_event_target.notify["run-failed"].arn == "arn:aws:sns:eu-west-1:111122223333:alerts"
    error_message = "What is wanted goes to the topic that was named."
  }
}

run "what_is_malformed" {
  command = plan
  variables {
    drift_schedule = "rate(1 days)"
    delete_history = true
    notifications  = { topic_arn = "alerts.fifo", emails = ["nobody"] }
  }
  override_data {
    target = data.aws_lambda_functions.all
    values = { function_names = [] }
  }
  expect_failures = [var.drift_schedule, var.delete_history, var.notifications]
}

run "an_account_with_endpoints_is_not_forgotten" {
  command         = plan
  expect_failures = [aws_lambda_invocation.guard]
  variables {
    release_dir  = "tests/releases/3.0.0"
    products     = { model-build = {}, model-build-deploy = {} }
    environments = { prod = var.elsewhere }
  }
  override_data {
    target = data.aws_lambda_invocation.usage
    values = {
      result = "{\"projects\":[{\"id\":\"p-1\",\"name\":\"churn\",\"product\":\"model-build-deploy\",\"releases\":[],\"principal\":null},{\"id\":\"p-2\",\"name\":\"plain\",\"product\":\"model-build\",\"releases\":[],\"principal\":null}],\"installed\":{\"products\":[],\"principals\":[],\"releases\":[],\"environments\":[\"prod in arn:aws:iam::777788889999:role/older with older-data\",\"staging in arn:aws:iam::777788889999:role/older with older-data\"]}}"
    }
  }

  assert {
    condition     = local.losses.environments == ["prod in arn:aws:iam::777788889999:role/older with older-data: churn (p-1)", "staging in arn:aws:iam::777788889999:role/older with older-data: churn (p-1)"]
    error_message = "Both environments have left the account; the project that deploys is named, the other one is not."
  }
}

run "an_account_that_deletions_still_look_at_may_be_left" {
  command = plan
  variables {
    release_dir         = "tests/releases/3.0.0"
    products            = { model-build = {}, model-build-deploy = {} }
    environments        = { prod = var.elsewhere }
    former_environments = [{ environment = "prod", role_arn = "arn:aws:iam::777788889999:role/older", external_id = "an-older-word", data_bucket = "older-data" }]
  }
  override_data {
    target = data.aws_lambda_invocation.usage
    values = {
      result = "{\"projects\":[{\"id\":\"p-1\",\"name\":\"churn\",\"product\":\"model-build-deploy\",\"releases\":[],\"principal\":null}],\"installed\":{\"products\":[],\"principals\":[],\"releases\":[],\"environments\":[\"prod in arn:aws:iam::777788889999:role/older with older-data\"]}}"
    }
  }

  assert {
    condition     = length(local.losses.environments) == 0 && toset(keys(local.deploy_accounts)) == toset(["prod in ${var.elsewhere.role_arn} with target-data", "prod in arn:aws:iam::777788889999:role/older with older-data"])
    error_message = "The next plan knows both accounts."
  }
  assert {
    condition     = local.offered_environments == tolist(["prod in ${var.elsewhere.role_arn} with target-data"])
    error_message = "What is asked for after the next apply is the account that projects deploy to."
  }
  assert {
    condition     = alltrue([for name, value in { deploy_prod_role = var.elsewhere.role_arn, deploy_former0_environment = "prod", deploy_former0_role = "arn:aws:iam::777788889999:role/older", deploy_former0_external_id = "an-older-word", deploy_former0_bucket = "older-data" } : local.deploy_runner_settings["model-build-deploy/3.0.0"][name] == value])
    error_message = "A deletion looks in both."
  }
  assert {
    condition     = toset(one([for statement in jsondecode(aws_iam_role_policy.teardown_deploy["deploy"].policy).Statement : statement if statement.Sid == "OtherAccounts"]).Resource) == toset([var.elsewhere.role_arn, "arn:aws:iam::777788889999:role/older"])
    error_message = "And may assume both roles."
  }
}

# As the apply of the run before has left it: the older account was a former one.
run "a_former_account_is_dropped" {
  command = plan
  variables {
    release_dir  = "tests/releases/3.0.0"
    products     = { model-build = {}, model-build-deploy = {} }
    environments = { prod = var.elsewhere }
  }
  override_data {
    target = data.aws_lambda_invocation.usage
    values = {
      result = "{\"projects\":[{\"id\":\"p-1\",\"name\":\"churn\",\"product\":\"model-build-deploy\",\"releases\":[],\"principal\":null}],\"installed\":{\"products\":[],\"principals\":[],\"releases\":[],\"environments\":[\"prod in arn:aws:iam::444455556666:role/sagemaker-projects-prod-deployment with target-data\"]}}"
    }
  }

  assert {
    condition     = length(local.losses.environments) == 0 && !contains(keys(local.deploy_runner_settings["model-build-deploy/3.0.0"]), "deploy_former0_role")
    error_message = "Deletions of projects that are updated look there no more, although projects exist."
  }
}
