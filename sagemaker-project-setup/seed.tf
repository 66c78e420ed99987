resource "aws_lambda_function" "seed" {
  #checkov:skip=CKV_AWS_116:Invoked synchronously by Terraform, which gets the failure itself; a dead-letter queue serves asynchronous calls.
  #checkov:skip=CKV_AWS_115:Runs once per project; a reservation for each of hundreds would take the account's concurrency from everybody else.
  #checkov:skip=CKV_AWS_272:The archive is fetched by its content hash, and source_code_hash compares what Lambda runs with the release.
  function_name = local.seed_name
  description   = "Puts the first commit into ${var.project.repository}."
  role          = aws_iam_role.seed.arn

  s3_bucket        = var.platform.object_bucket
  s3_key           = var.platform.lambdas.seed_repository.key
  source_code_hash = local.seed_function_sha256_base64
  handler          = var.platform.lambdas.seed_repository.handler
  runtime          = var.platform.lambdas.seed_repository.runtime
  architectures    = [var.platform.lambdas.seed_repository.architecture]

  memory_size = 512
  timeout     = 300 # a git host that is down for a moment is asked again
  kms_key_arn = var.platform.kms_key_arn

  environment {
    variables = merge(
      {
        POWERTOOLS_SERVICE_NAME      = "seed-repository"
        POWERTOOLS_METRICS_NAMESPACE = "SageMakerProjects"
        POWERTOOLS_LOG_LEVEL         = "INFO"

        # The event names them too, but not everybody who may invoke the function may choose where the token goes.
        SEED_BASE_URL = var.platform.github.base_url
        SEED_API_URL  = var.platform.github.api_url
      },
      var.platform.seed_requests_table == null ? {} : { SEED_REQUESTS_TABLE = var.platform.seed_requests_table },

      # What may be archived, and only where the project chose it: whoever can invoke the function cannot ask for more.
      var.project.git_repository == "archive" ? { SEED_ARCHIVE_REPOSITORY = join(" ", concat([var.project.repository], [for name in local.deploy_once : local.deploy_repository])) } : {},
    )
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.seed.name
  }

  dynamic "vpc_config" {
    for_each = var.platform.network[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # The seconds Lambda takes to make a function are the seconds IAM takes to make its role's policy known everywhere.
  depends_on = [aws_iam_role_policy.seed]
}

locals {
  # Releases name their objects by the SHA-256 in hexadecimal, Lambda by the same digest in base64. Terraform has no
  # function from one to the other: three hexadecimal digits are two of base64, and the 64th stands alone.
  base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  seed_function_sha256_base64 = join("", concat(
    flatten([
      for at in range(0, 63, 3) : [
        for shift in [64, 1] : substr(
          local.base64_alphabet,
          floor(parseint(substr(var.platform.lambdas.seed_repository.sha256, at, 3), 16) / shift) % 64,
          1,
        )
      ]
    ]),
    [substr(local.base64_alphabet, parseint(substr(var.platform.lambdas.seed_repository.sha256, 63, 1), 16) * 4, 1), "="],
  ))
}
