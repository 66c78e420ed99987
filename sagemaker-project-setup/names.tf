data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  dns_suffix = data.aws_partition.current.dns_suffix

  # The project id is unique in the account and short; the name is chosen by a person, may be 32 characters of mixed
  # case, and can be used again once a project is deleted. Infrastructure is therefore named after the id alone.
  # Without "sagemaker": AmazonSageMakerFullAccess lets whoever has it start builds, invoke functions, and read and write
  # buckets of such names (docs/adr/0128).
  prefix = "ml-${var.project.id}"

  # Studio shows these two to people, so they begin with the name they know.
  sagemaker_name = "${var.project.name}-${var.project.id}"

  bucket_name          = "${local.prefix}-${local.account_id}-${local.region}"
  build_name           = "${local.prefix}-build"
  delivery_name        = "${local.prefix}-build"
  seed_name            = "${local.prefix}-seed"
  code_repository_name = "${local.prefix}-build"

  # Policies name things by these ARNs, put together here. A document that refers to a resource is put off while that
  # resource changes: every policy would stand in the plan of a changed build, and a comparison would call them different.
  artifacts_arn      = "arn:${local.partition}:s3:::${local.bucket_name}"
  build_arn          = "arn:${local.partition}:codebuild:${local.region}:${local.account_id}:project/${local.build_name}"
  delivery_arn       = "arn:${local.partition}:codepipeline:${local.region}:${local.account_id}:${local.delivery_name}"
  execution_role_arn = "arn:${local.partition}:iam::${local.account_id}:role${var.platform.role_path}${local.prefix}-execution"

  log_group_arn = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:"
  build_log_arn = "${local.log_group_arn}/aws/codebuild/${local.build_name}"
  seed_log_arn  = "${local.log_group_arn}/aws/lambda/${local.seed_name}"

  # The SageMaker pipeline is made by the build, from the repository's code. SageMaker writes names in lower case into
  # ARNs, while a request is authorised under the name as it was typed: both spellings are needed, and are often one.
  sagemaker_arn           = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
  sagemaker_spellings     = distinct([local.sagemaker_name, lower(local.sagemaker_name)])
  sagemaker_pipeline_arns = [for name in local.sagemaker_spellings : "${local.sagemaker_arn}:pipeline/${name}"]
}
