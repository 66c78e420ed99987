locals {
  # Unless the settings say otherwise: where the platform is. Serverless endpoints know no network.
  in_vpc = { for key, one in module.settings : key => coalesce(one.settings.in_vpc, one.settings.kind != "serverless" && var.environment.network != null) }
}

# Container and artefact of a model package, as the build promoted it (docs in README.md, "What is deployed").
resource "aws_sagemaker_model" "generation" {
  #checkov:skip=CKV_AWS_370:On, unless the settings say otherwise (network_isolation); serverless endpoints know none.
  for_each = var.generations

  name               = "${var.environment.prefix}-${each.key}"
  execution_role_arn = var.environment.endpoint_role_arn
  # Serverless endpoints know no network isolation (SageMaker developer guide, "Serverless Inference: feature exclusions").
  enable_network_isolation = module.settings[each.key].settings.network_isolation && module.settings[each.key].settings.kind != "serverless"
  tags                     = each.value.tags

  primary_container {
    image          = each.value.model.image
    model_data_url = each.value.model.data_url
    environment    = each.value.model.environment
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc[each.key] ? var.environment.network[*] : []

    content {
      subnets            = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = !local.in_vpc[each.key] || var.environment.network != null
      error_message = "in_vpc is set, but the platform has no network for ${var.environment.name}. Ask its owners, or set in_vpc to false."
    }
  }
}

resource "aws_sagemaker_model" "shadow" {
  for_each = { for key, generation in var.generations : key => generation if generation.shadow != null }

  name                     = "${var.environment.prefix}-${each.key}-shadow"
  execution_role_arn       = var.environment.endpoint_role_arn
  enable_network_isolation = module.settings[each.key].settings.network_isolation
  tags                     = each.value.tags

  primary_container {
    image          = each.value.shadow.image
    model_data_url = each.value.shadow.data_url
    environment    = each.value.shadow.environment
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc[each.key] ? var.environment.network[*] : []

    content {
      subnets            = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }
}
