# Products with Terraform of their own: what they add, and that the first product has nothing of it.
mock_provider "aws" {
  source = "./tests/fakes"
}

variables {
  release_dir                = "tests/releases/3.0.0"
  studio_execution_role_arns = ["arn:aws:iam::111122223333:role/service-role/studio"]
  connection_arn             = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
  github_token               = "ghp_0123456789"
  github_app_private_key     = "" # terraform test wants every ephemeral variable set
  network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
}

run "only_the_first_product" {
  assert {
    condition     = length(aws_iam_policy.product_boundary) + length(aws_iam_policy.product_runner) + length(aws_iam_role_policy_attachment.product) == 0
    error_message = "nothing is made for products that are not offered"
  }
  assert {
    condition     = !strcontains(local.runner_settings["model-build/3.0.0"], "setup=own") && !strcontains(local.runner_settings["model-build/3.0.0"], "project_prefix") && endswith(regex("project_setup_key=(\\S+)", local.runner_settings["model-build/3.0.0"])[0], "/project-setup.tar.gz")
    error_message = "the first product's runs apply package 2, and their settings are what they were"
  }
}

run "two_more_by_map_entries" {
  variables {
    products = {
      model-build        = {}
      notebook-workbench = { form = { InstanceType = { Default = "ml.t3.large", AllowedValues = ["ml.t3.large"] } } }
      aurora-inference   = {}
    }
    product_settings = {
      notebook-workbench = { git_secret_name = "team/git", notebooks = { bucket = "team-raw" }, policy_arns = { raw = "arn:aws:iam::111122223333:policy/raw" } }
      aurora-inference   = { cluster_identifiers = ["shop"] }
    }
  }

  assert {
    condition     = strcontains(local.runner_settings["notebook-workbench/3.0.0"], "setup=own\n") && endswith(regex("project_setup_key=(\\S+)", local.runner_settings["notebook-workbench/3.0.0"])[0], "/setup-notebook-workbench.tar.gz")
    error_message = "their runs apply their own Terraform"
  }
  assert {
    condition     = !strcontains(join("", [local.platform_settings["model-build/3.0.0"], local.runner_settings["model-build/3.0.0"], local.templates["model-build/3.0.0"]]), "own")
    error_message = "beside them, the first product is as it was"
  }
  assert {
    condition     = jsondecode(local.platform_settings["notebook-workbench/3.0.0"]).platform.settings.notebooks.bucket == "team-raw" && jsondecode(local.platform_settings["aurora-inference/3.0.0"]).platform.settings.cluster_identifiers == ["shop"] && !can(jsondecode(local.platform_settings["aurora-inference/3.0.0"]).platform.seed)
    error_message = "they are handed their settings, and nothing of seeds"
  }
  assert {
    condition     = startswith(local.project_names, jsondecode(local.platform_settings["aurora-inference/3.0.0"]).platform.project_prefix) && local.project_prefix != ""
    error_message = "the beginning of names comes from one place"
  }
  assert {
    condition     = jsonencode(jsondecode(local.templates["notebook-workbench/3.0.0"]).Parameters.InstanceType) == jsonencode({ AllowedValues = ["ml.t3.large"], Default = "ml.t3.large", Type = "String" })
    error_message = "the form offers what the platform team has chosen"
  }
  assert {
    condition     = alltrue([for policy in concat(values(aws_iam_policy.product_boundary), values(aws_iam_policy.product_runner)) : length(policy.policy) <= 6144])
    error_message = "a managed policy has 6,144 characters"
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.product) == 4 && strcontains(aws_iam_policy.product_runner["aurora-inference"].policy, "cluster:shop") && !strcontains(aws_iam_policy.product_boundary["aurora-inference"].policy, "s3:")
    error_message = "the runner and what deletes have the policies; the database's role has no data"
  }
  assert {
    condition = alltrue([
      for key, policy in aws_iam_policy.product_runner : anytrue([
        for statement in jsondecode(policy.policy).Statement : try(statement.Condition.ArnEquals["iam:PermissionsBoundary"], "") == aws_iam_policy.product_boundary[key].arn
      ])
    ])
    error_message = "their roles are made under their own boundary only"
  }
  assert {
    condition     = strcontains(aws_iam_policy.product_runner["notebook-workbench"].policy, "secret:team/git-??????") && strcontains(aws_iam_policy.product_runner["notebook-workbench"].policy, "policy/raw") && strcontains(aws_iam_policy.product_boundary["notebook-workbench"].policy, "s3:::team-raw/*")
    error_message = "what the settings name is in the permissions"
  }
  assert {
    condition = jsonencode([
      for statement in local.product_statements.runner["notebook-workbench"] : statement.Condition.ArnEquals["iam:PolicyARN"]
      if jsonencode(statement.Action) == jsonencode("iam:AttachRolePolicy")
    ]) == jsonencode([["arn:aws:iam::111122223333:policy/raw"]])
    error_message = "only the policies of the settings can be attached"
  }
  assert {
    condition     = jsondecode(local.platform_settings["notebook-workbench/3.0.0"]).platform.git_base_url == "https://github.com"
    error_message = "the workbench knows the team's git host"
  }
}

run "settings_that_were_taken_out" {
  command = plan
  variables {
    products = { notebook-workbench = {}, aurora-inference = {} }
  }

  assert {
    condition = alltrue([
      for action, product in { "iam:DetachRolePolicy" = "notebook-workbench", "ec2:DeleteNetworkInterface" = "notebook-workbench", "rds:RemoveRoleFromDBCluster" = "aurora-inference" } :
      anytrue([for statement in local.product_statements.runner[product] : contains(flatten([statement.Action]), action) && !can(statement.Condition)])
    ])
    error_message = "what projects were made with can be taken away when it is not offered any more"
  }
  assert {
    condition = !anytrue([
      for action in ["iam:AttachRolePolicy", "rds:AddRoleToDBCluster", "secretsmanager:GetSecretValue"] : strcontains(jsonencode(local.product_statements.runner), action)
    ])
    error_message = "what is not offered cannot be given"
  }
}

run "a_workbench_needs_a_network" {
  command = plan
  variables {
    products = { notebook-workbench = {} }
    network  = null
  }
  expect_failures = [aws_servicecatalog_product.project]
}

run "a_field_that_the_form_does_not_have" {
  command = plan
  variables {
    products = { notebook-workbench = { form = { Instancetype = { Default = "ml.t3.large" } } } }
  }
  expect_failures = [aws_s3_object.template]
}

run "settings_of_a_product_that_is_not_offered" {
  command = plan
  variables {
    product_settings = { notebook-workbench = {} }
  }
  expect_failures = [var.product_settings]
}

run "an_older_release_does_not_have_it" {
  command = plan
  variables {
    release_dir = "tests/releases/2.0.0"
    products    = { model-build = {}, notebook-workbench = {} }
  }
  expect_failures = [aws_servicecatalog_product.project]
}
