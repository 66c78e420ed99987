# Who may do what in Studio, and which inputs are refused.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/team-studio-role" }
  }
  mock_resource "aws_sagemaker_domain" {
    defaults = { id = "d-abc123", arn = "arn:aws:sagemaker:eu-west-1:111122223333:domain/d-abc123" }
  }
}

variables {
  name        = "team"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  network     = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
}

run "the_defaults" {
  variables {
    users = { ada = {}, grace = { role = "data-scientist" } }
  }
  assert {
    condition     = aws_sagemaker_domain.studio.app_network_access_type == "VpcOnly" && aws_sagemaker_domain.studio.kms_key_id == var.kms_key_arn
    error_message = "Apps run in the VPC, and home directories are encrypted with the key."
  }
  assert {
    condition     = one(one(one(one(aws_sagemaker_domain.studio.default_user_settings).jupyter_lab_app_settings).app_lifecycle_management).idle_settings).idle_timeout_in_minutes == 60
    error_message = "Idle apps are stopped after an hour."
  }
  assert {
    condition     = one(aws_sagemaker_domain.studio.retention_policy).home_efs_file_system == "Retain"
    error_message = "Home directories stay when the domain goes."
  }
  assert {
    condition     = keys(aws_sagemaker_user_profile.user) == ["ada", "grace"] && length(aws_sagemaker_servicecatalog_portfolio_status.projects) == 1
    error_message = "Each user has a profile, and projects are enabled."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.execution["data-scientist"].policy).Statement :
      !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
    ])
    error_message = "No statement may allow actions it does not name."
  }
  assert {
    condition = toset([
      for statement in jsondecode(aws_iam_role_policy.execution["data-scientist"].policy).Statement : statement.Sid
      if contains(flatten([statement.Resource]), "*")
    ]) == toset(["Lists", "OrganizationTemplates", "OwnProvisionedProducts", "JobMetrics", "LogInToImages", "DescribeNetwork"])
    error_message = "Only what AWS cannot narrow down may name every resource."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.execution["data-scientist"].policy).Statement :
      jsonencode(statement.Condition["ForAllValues:StringEquals"]["sagemaker:VpcSubnets"]) == jsonencode(var.network.subnet_ids) && statement.Condition.Null["sagemaker:VpcSubnets"] == "false"
      if contains(flatten([statement.Action]), "sagemaker:CreateTrainingJob")
    ])
    error_message = "Jobs run in the domain's network or not at all."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.execution["data-scientist"].policy).Statement : anytrue([
        try(statement.Condition.ArnLike["sagemaker:OwnerUserProfileArn"], "") == "arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-abc123/$${sagemaker:UserProfileName}",
        try(statement.Condition.Null["sagemaker:OwnerUserProfileArn"], "") == "true" && (!contains(flatten([statement.Action]), "sagemaker:DeleteApp") || endswith(jsonencode(statement.Resource), "/$${sagemaker:UserProfileName}/*\"")),
        jsonencode(try(statement.Condition.StringEquals["sagemaker:SpaceSharingType"], "")) == "[\"Shared\"]" && !contains(flatten([statement.Action]), "sagemaker:DeleteSpace"),
      ])
      if length(setintersection(toset(flatten([statement.Action])), ["sagemaker:UpdateSpace", "sagemaker:DeleteSpace", "sagemaker:CreateApp", "sagemaker:DeleteApp"])) > 0
    ])
    error_message = "Spaces and apps of others are nobody else's, unless they are shared."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.execution["data-scientist"].policy).Statement :
      !contains(keys(try(statement.Condition.Bool, {})), "kms:GrantIsForAWSResource") || flatten([statement.Action]) == ["kms:CreateGrant"]
    ])
    error_message = "A condition of grants stands beside nothing but grants."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.execution) == 0
    error_message = "No managed policy is attached unless it is named."
  }
}

run "single_sign_on_and_two_roles" {
  variables {
    auth_mode    = "SSO"
    roles        = { reviewer = { run_jobs = false, projects = false, approve_models = true, workbenches = ["ml-p-*-workbench"] }, builder = { policy_arns = { raw = "arn:aws:iam::111122223333:policy/read" } } }
    default_role = "reviewer"
    users        = { ada = { sso_user_name = "ada@example.com", role = "builder" } }
  }
  assert {
    condition     = aws_sagemaker_user_profile.user["ada"].single_sign_on_user_identifier == "UserName" && aws_sagemaker_user_profile.user["ada"].single_sign_on_user_value == "ada@example.com"
    error_message = "The profile belongs to the user of IAM Identity Center."
  }
  assert {
    condition     = length(output.project_role_arns) == 1 && length(output.execution_role_arns) == 2
    error_message = "Only roles that may create projects become principals of the portfolio."
  }
  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_role_policy.execution["reviewer"].policy).Statement : contains(["RunJobsInTheNetwork", "Projects", "PassTheRoleToJobs"], statement.Sid)])
    error_message = "A reviewer neither runs jobs nor makes projects."
  }
  assert {
    condition = {
      for role, policy in aws_iam_role_policy.execution : role => flatten([
        for statement in jsondecode(policy.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sagemaker:CreatePresignedNotebookInstanceUrl")
      ])
    } == { reviewer = ["arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/ml-p-*-workbench"], builder = [] }
    error_message = "Notebook instances are opened by roles that name them, and by no other."
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.kms_key_arn, var.network, var.auth_mode, var.roles, var.idle_timeout_minutes, var.space_storage_gb]
  variables {
    name                 = "T"
    kms_key_arn          = "alias/team"
    network              = { vpc_id = "vpc-1", subnet_ids = [], security_group_ids = [] }
    auth_mode            = "LDAP"
    roles                = { all = { policy_arns = { full = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess" }, workbenches = ["*"] } }
    idle_timeout_minutes = 5
    space_storage_gb     = { default = 1 }
  }
}

run "users_that_do_not_fit" {
  command         = plan
  expect_failures = [var.users, var.default_role]
  variables {
    users        = { "Jane" = { role = "nobody" }, "jane.doe" = { role = "nobody", sso_user_name = "jane" } }
    default_role = "nobody"
  }
}
