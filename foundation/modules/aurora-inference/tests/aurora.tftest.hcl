# A role for the named endpoints, on an existing cluster or a new one.
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
    defaults = { arn = "arn:aws:iam::111122223333:role/team-aurora-inference" }
  }
}

variables {
  name           = "team"
  endpoint_names = ["Churn-Production"]
}

run "an_existing_cluster" {
  variables {
    cluster_identifier = "shop"
  }
  assert {
    condition     = aws_rds_cluster_role_association.inference.feature_name == "SageMaker" && aws_rds_cluster_role_association.inference.db_cluster_identifier == "shop"
    error_message = "The role is the cluster's for SageMaker."
  }
  assert {
    condition     = jsonencode(jsondecode(aws_iam_role_policy.inference.policy).Statement[0].Resource) == jsonencode(["arn:aws:sagemaker:eu-west-1:111122223333:endpoint/Churn-Production", "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn-production"]) && length(jsondecode(aws_iam_role_policy.inference.policy).Statement) == 1
    error_message = "The role may invoke the named endpoint, in the account and region it is applied to, and nothing else."
  }
  assert {
    condition     = jsondecode(aws_iam_role.inference.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:rds:eu-west-1:111122223333:cluster:shop"
    error_message = "Only this cluster takes the role."
  }
  assert {
    condition     = length(aws_rds_cluster.new) + length(aws_security_group.new) + length(aws_cloudwatch_log_group.new) == 0
    error_message = "Nothing is made beside an existing cluster."
  }
}

run "a_new_cluster" {
  variables {
    new_cluster = {
      network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
      endpoint_security_group_id = "sg-endpoints"
      client_security_group_ids  = { workloads = "sg-workloads" }
      kms_key_arn                = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    }
  }
  assert {
    condition     = aws_rds_cluster.new[0].storage_encrypted && aws_rds_cluster.new[0].deletion_protection && !aws_rds_cluster.new[0].skip_final_snapshot && aws_rds_cluster.new[0].manage_master_user_password
    error_message = "Encrypted, protected, and no password in code or state."
  }
  assert {
    condition     = aws_rds_cluster_instance.new[0].publicly_accessible == false && aws_vpc_security_group_egress_rule.endpoints[0].referenced_security_group_id == "sg-endpoints" && aws_vpc_security_group_ingress_rule.clients["workloads"].from_port == 5432
    error_message = "Reached from the named groups, reaching the endpoints."
  }
  assert {
    condition     = jsondecode(aws_iam_role.inference.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:rds:eu-west-1:111122223333:cluster:team-inference"
    error_message = "Only the new cluster takes the role."
  }
}

run "it_is_deleted_with_a_last_snapshot_and_never_downgraded" {
  variables {
    new_cluster = {
      network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
      endpoint_security_group_id = "sg-endpoints"
      kms_key_arn                = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      engine_version             = "16.4"
      deletion_protection        = false
    }
  }
  assert {
    condition     = !aws_rds_cluster.new[0].skip_final_snapshot && aws_rds_cluster.new[0].final_snapshot_identifier == "team-inference-last"
    error_message = "A cluster that may be deleted leaves its last snapshot."
  }
  assert {
    condition     = aws_rds_cluster.new[0].engine_version == "16.6" && aws_rds_cluster_instance.new[0].engine_version == "16.6"
    error_message = "What RDS has made of the version stays."
  }
}

run "no_snapshot_when_none_is_wanted" {
  command = plan
  variables {
    new_cluster = {
      network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
      endpoint_security_group_id = "sg-endpoints"
      kms_key_arn                = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      final_snapshot             = false
    }
  }
  assert {
    condition     = aws_rds_cluster.new[0].skip_final_snapshot
    error_message = "final_snapshot alone decides."
  }
}

run "half_units_only" {
  command         = plan
  expect_failures = [var.new_cluster]
  variables {
    new_cluster = {
      network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
      endpoint_security_group_id = "sg-endpoints"
      kms_key_arn                = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
      minimum_acu                = 0.7
    }
  }
}

run "neither_cluster" {
  command         = plan
  expect_failures = [var.cluster_identifier]
}

run "not_the_arn_of_a_cluster" {
  command         = plan
  expect_failures = [var.cluster_identifier]
  variables {
    cluster_identifier = "arn:aws:rds:eu-west-1:111122223333:cluster:shop"
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.endpoint_names, var.new_cluster]
  variables {
    name           = "T"
    endpoint_names = ["*"]
    new_cluster = {
      network                    = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"] }
      endpoint_security_group_id = "sg-endpoints"
      kms_key_arn                = "x"
      engine_version             = "12.1"
      maximum_acu                = 0.5
      database_name              = "My-DB"
    }
  }
}
