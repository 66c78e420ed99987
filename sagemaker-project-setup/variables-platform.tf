variable "platform" {
  description = <<-EOT
    What package 1 decided for every project of this account and region. It is written by package 1, travels with the
    release as `platform.auto.tfvars.json`, and nobody fills it in by hand.
  EOT

  type = object({
    name                     = string # prefix of what package 1 owns
    release                  = string # version of this package
    product                  = string # product the project was made from
    object_bucket            = string # where the release's objects live
    kms_key_arn              = string # encrypts the project's data and logs
    permissions_boundary_arn = string # limit of every role made here
    role_path                = optional(string, "/sagemaker-projects/projects/")
    log_retention_days       = optional(number, 90)
    artifact_bucket_contents = optional(string, "delete") # on deletion of the project: delete or keep
    seed_requests_table      = optional(string)           # table that remembers what the seed function did
    tags                     = optional(map(string), {})

    github = object({ # the git host
      base_url            = optional(string, "https://github.com")
      api_url             = optional(string, "https://api.github.com")
      secret_arn          = string                      # secret with a token or a GitHub App's key (lambdas/README.md)
      create_repository   = optional(bool, true)        # make a repository that does not exist yet
      visibility          = optional(string, "private") # of a repository that is made: private, internal, public
      on_existing_content = optional(string, "leave")   # if the branch holds other work: leave or pull-request
    })

    seed = object({   # what the repository begins with
      name   = string # folder of seed-code/
      key    = string # of the archive in object_bucket
      sha256 = string # of the archive, hexadecimal
    })

    lambdas = object({ # functions of the release
      seed_repository = object({
        key          = string # of the archive in object_bucket
        sha256       = string # of the archive, hexadecimal
        handler      = string
        runtime      = optional(string, "python3.13")
        architecture = optional(string, "x86_64")
      })
    })

    build = optional(object({ # where buildspec.yml runs
      image           = optional(string, "aws/codebuild/amazonlinux-x86_64-standard:5.0")
      compute_type    = optional(string, "BUILD_GENERAL1_SMALL")
      timeout_minutes = optional(number, 30)
    }), {})

    deploy = optional(object({          # the second half: deployment of registered models; none for products that do not deploy
      permissions_boundary_arn = string # limit of every role of the deployment
      seed = object({                   # what the deploy repository begins with
        name   = string
        key    = string
        sha256 = string
      })
      mirror = optional(object({ # archives in object_bucket, for builds without internet
        terraform_key = string
        provider_key  = string
      }))
      environments = optional(object({ # where they are; none: this account
        staging = optional(object({
          account_id        = string
          role_arn          = string # assumed by the environment's build
          external_id       = string
          endpoint_role_arn = string # what containers run as there
          data_bucket       = string # captured data, answers and reports
          kms_key_arn       = string
          topic_arn         = optional(string)
          network = optional(object({
            subnet_ids         = list(string)
            security_group_ids = list(string)
          }))
        }))
        prod = optional(object({
          account_id        = string
          role_arn          = string
          external_id       = string
          endpoint_role_arn = string
          data_bucket       = string
          kms_key_arn       = string
          topic_arn         = optional(string)
          network = optional(object({
            subnet_ids         = list(string)
            security_group_ids = list(string)
          }))
        }))
      }), {})
    }))

    network = optional(object({ # VPC of the build and the seed function; none: AWS's own network
      vpc_id             = string
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.platform.name))
    error_message = "platform.name must be 3 to 32 lower-case letters, digits and inner hyphens; set `name` in package 1."
  }

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$", var.platform.release))
    error_message = "platform.release must be a semantic version such as 1.0.0; rebuild the release with `make package`."
  }

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.platform.product))
    error_message = "platform.product must be lower-case words joined by hyphens, as the keys of `products` in package 1."
  }

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.platform.object_bucket))
    error_message = "platform.object_bucket must be a bucket's name, not an ARN or an address; apply package 1 again."
  }

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.platform.kms_key_arn))
    error_message = "platform.kms_key_arn must be the ARN of a key; an alias does not work in IAM policies."
  }

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/.+$", var.platform.permissions_boundary_arn))
    error_message = "platform.permissions_boundary_arn must be the ARN of a managed policy; no role is made without a boundary."
  }

  validation {
    condition     = can(regex("^/([A-Za-z0-9+=,.@_-]+/)+$", var.platform.role_path))
    error_message = "platform.role_path must begin and end with a slash and name at least one folder, as /sagemaker-projects/projects/."
  }

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.platform.log_retention_days,
    )
    error_message = "platform.log_retention_days must be a period CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, …"
  }

  validation {
    condition     = contains(["delete", "keep"], var.platform.artifact_bucket_contents)
    error_message = "platform.artifact_bucket_contents must be `delete` or `keep`."
  }

  validation {
    condition     = !anytrue([for key in keys(var.platform.tags) : can(regex("^(aws:|sagemaker:project-|sagemaker-projects:)", lower(key)))])
    error_message = "platform.tags must not begin with aws:, sagemaker:project- or sagemaker-projects:; these are set for you. Rename the tag."
  }

  validation {
    condition = alltrue([
      for url in [var.platform.github.base_url, var.platform.github.api_url] :
      can(regex("^(https://[A-Za-z0-9.-]+|http://(127\\.0\\.0\\.1|localhost))(:[0-9]+)?(/[A-Za-z0-9._/-]*[A-Za-z0-9])?$", url))
    ])
    error_message = "platform.github.base_url and api_url must be https addresses without a trailing slash, such as https://github.com."
  }

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$", var.platform.github.secret_arn))
    error_message = "platform.github.secret_arn must be the full ARN of the secret with the git host's token."
  }

  validation {
    condition     = contains(["private", "internal", "public"], var.platform.github.visibility)
    error_message = "platform.github.visibility must be `private`, `internal` or `public`."
  }

  validation {
    condition     = contains(["leave", "pull-request"], var.platform.github.on_existing_content)
    error_message = "platform.github.on_existing_content must be `leave` or `pull-request`."
  }

  validation {
    condition     = var.platform.seed_requests_table == null ? true : can(regex("^[A-Za-z0-9_.-]{3,255}$", var.platform.seed_requests_table))
    error_message = "platform.seed_requests_table must be a table's name, not an ARN; apply package 1 again."
  }

  validation {
    condition = alltrue([
      for object in [var.platform.seed, var.platform.lambdas.seed_repository] :
      can(regex("^[0-9a-f]{64}$", object.sha256)) && strcontains(object.key, object.sha256)
    ])
    error_message = "platform.seed and platform.lambdas.* need a sha256 of 64 hexadecimal digits that is part of the key; rebuild the release with `make package`."
  }

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.platform.seed.name))
    error_message = "platform.seed.name must be lower-case words joined by hyphens, as the folders of seed-code/."
  }

  validation {
    condition = (
      can(regex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)+$", var.platform.lambdas.seed_repository.handler)) &&
      can(regex("^python3\\.[0-9]+$", var.platform.lambdas.seed_repository.runtime)) &&
      contains(["x86_64", "arm64"], var.platform.lambdas.seed_repository.architecture)
    )
    error_message = "platform.lambdas.seed_repository needs a dotted handler, a python3.X runtime and the architecture `x86_64` or `arm64`."
  }

  validation {
    condition     = startswith(var.platform.build.image, "aws/codebuild/")
    error_message = "platform.build.image must be one of CodeBuild's own images (aws/codebuild/…); the build role may pull no others."
  }

  validation {
    condition     = can(regex("^BUILD_GENERAL1_(SMALL|MEDIUM|LARGE|XLARGE|2XLARGE)$", var.platform.build.compute_type))
    error_message = "platform.build.compute_type must be BUILD_GENERAL1_SMALL, _MEDIUM, _LARGE, _XLARGE or _2XLARGE."
  }

  validation {
    condition     = var.platform.build.timeout_minutes >= 5 && var.platform.build.timeout_minutes <= 2160
    error_message = "platform.build.timeout_minutes must be from 5 to 2160, the limits of CodeBuild."
  }

  validation {
    condition = var.platform.network == null ? true : (
      can(regex("^vpc-[0-9a-f]+$", var.platform.network.vpc_id)) &&
      length(var.platform.network.subnet_ids) >= 1 && length(var.platform.network.subnet_ids) <= 16 &&
      length(var.platform.network.security_group_ids) >= 1 && length(var.platform.network.security_group_ids) <= 5
    )
    error_message = "platform.network needs a vpc_id, 1 to 16 subnet_ids and 1 to 5 security_group_ids; leave it out to run outside a VPC."
  }

  validation {
    condition = var.platform.deploy == null ? true : alltrue([
      for object in [var.platform.deploy.seed] : can(regex("^[0-9a-f]{64}$", object.sha256)) && strcontains(object.key, object.sha256) && can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", object.name))
    ])
    error_message = "platform.deploy.seed needs a name of lower-case words joined by hyphens, and a sha256 of 64 hexadecimal digits that is part of the key; rebuild the release with `make package`."
  }

  validation {
    condition     = var.platform.deploy == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/.+$", var.platform.deploy.permissions_boundary_arn))
    error_message = "platform.deploy.permissions_boundary_arn must be the ARN of a managed policy; no role is made without a boundary."
  }

  validation {
    condition = alltrue([
      for target in [for name in ["staging", "prod"] : try(var.platform.deploy.environments[name], null)] : target == null ? true : (
        can(regex("^arn:aws[a-z-]*:iam::${target.account_id}:role/.+$", target.role_arn)) &&
        can(regex("^arn:aws[a-z-]*:iam::${target.account_id}:role/.+$", target.endpoint_role_arn)) &&
        can(regex("^[A-Za-z0-9+=,.@:/_-]{2,256}$", target.external_id))
      )
    ])
    error_message = "platform.deploy.environments: role_arn and endpoint_role_arn must be roles of account_id, and external_id 2 to 256 characters; copy them from target-account-setup's outputs."
  }
}
