# Closed buckets, access by role, and what is refused.
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
  mock_resource "aws_s3_bucket" {
    defaults = { id = "team-raw-111122223333-eu-west-1", arn = "arn:aws:s3:::team-raw-111122223333-eu-west-1" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::111122223333:policy/team-read-raw" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/team-replication" }
  }
}

variables {
  name        = "team"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "a_bucket_per_area" {
  assert {
    condition     = toset(keys(output.bucket_names)) == toset(["raw", "processed", "models"]) && aws_s3_bucket.data["raw"].bucket == "team-raw-111122223333-eu-west-1"
    error_message = "Three areas, three buckets, named by account and region."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.data : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "Every bucket is closed to the public."
  }
  assert {
    condition     = alltrue([for policy in aws_s3_bucket_policy.data : alltrue([for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny"])])
    error_message = "A bucket policy grants nothing to anybody."
  }
  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.data : bucket.force_destroy == false])
    error_message = "Data is not destroyed along."
  }
  assert {
    condition     = length(aws_s3_object.sample) == 0 && length(aws_s3_bucket_replication_configuration.data) == 0
    error_message = "Nothing is uploaded or copied unless asked for."
  }
  assert {
    condition = alltrue([
      for policy in concat(values(aws_iam_policy.read), values(aws_iam_policy.write)) : alltrue([
        for statement in jsondecode(policy.policy).Statement :
        statement.Resource != "*" && !anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
      ])
    ])
    error_message = "Policies name their actions and resources."
  }
  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_policy.read["raw"].policy).Statement : anytrue([for action in flatten([statement.Action]) : strcontains(action, "Put") || strcontains(action, "Delete")])])
    error_message = "Readers write nothing."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_policy.read["raw"].policy).Statement : !can(statement.Condition) if try(statement.Action == "s3:ListBucket", false)])
    error_message = "A whole bucket is listed without a prefix."
  }
}

run "one_bucket_with_prefixes_samples_readers_and_a_copy" {
  variables {
    one_bucket   = true
    areas        = { raw = { readers = ["analyst"] }, models = { writers = ["trainer"], expire_after_days = 400 } }
    sample_files = { "notes/versions.tf" = "./versions.tf" }
    replication = {
      bucket_arns = { data = "arn:aws:s3:::copy" }
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    }
  }
  assert {
    condition     = output.locations["models"].prefix == "models/" && keys(output.bucket_names) == ["data"]
    error_message = "Areas are prefixes of one bucket."
  }
  assert {
    condition     = aws_s3_object.sample["notes/versions.tf"].key == "raw/notes/versions.tf"
    error_message = "Samples go to the raw area."
  }
  assert {
    condition     = toset([for attachment in aws_iam_role_policy_attachment.given : attachment.role]) == toset(["analyst", "trainer"])
    error_message = "Named roles get their policies."
  }
  assert {
    condition     = one(aws_s3_bucket_replication_configuration.data["data"].rule).destination[0].bucket == "arn:aws:s3:::copy"
    error_message = "Objects are copied to the bucket that was named."
  }
  assert {
    condition     = endswith(jsondecode(aws_iam_policy.read["raw"].policy).Statement[0].Resource, "/raw/*")
    error_message = "A policy reaches its own prefix only."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.read["raw"].policy).Statement : statement.Condition.StringLike["s3:prefix"][0] if statement.Action == "s3:ListBucket"
    ] == ["raw/*"]
    error_message = "Of one bucket, only its own prefix is listed."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.replication[0].policy).Statement :
      jsonencode(statement.Action) == jsonencode(["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]) && statement.Condition.StringEquals["kms:ViaService"] == "s3.eu-central-1.amazonaws.com"
      if statement.Sid == "EncryptThere"
    ])
    error_message = "The other key is used through S3 of its own region."
  }
}

run "what_is_refused" {
  command         = plan
  expect_failures = [var.name, var.kms_key_arn, var.areas]
  variables {
    name        = "my-sagemaker"
    kms_key_arn = "alias/team"
    areas       = { raw = { infrequent_access_after_days = 5, noncurrent_days = 0, readers = ["arn:aws:iam::111122223333:role/x"] } }
  }
}

run "folders_and_half_a_copy_are_refused" {
  command         = plan
  expect_failures = [var.replication, var.sample_files]
  variables {
    replication  = { bucket_arns = { raw = "arn:aws:s3:::copy" }, kms_key_arn = "x" }
    sample_files = { "folder/" = "/dev/null" }
  }
}
