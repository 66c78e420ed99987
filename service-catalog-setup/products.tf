locals {
  products = {
    for key, overrides in var.products : key => merge(
      yamldecode(file("${path.module}/products/${key}/product.yaml")),
      { for field, value in overrides : field => value if value != null },
      { key = key },
    )
  }
}

# A product is replaced when its first artifact's template changes, and projects with it. So the first artifact is
# a constant that refuses every launch, and each release is an artifact of its own (docs/adr/0010).
# A constant is no secret: without the customer key, the products are made while the key is still being made.
resource "aws_s3_object" "placeholder" {
  bucket                 = aws_s3_bucket.state.id
  key                    = local.placeholder_key
  content                = local.placeholder_template
  content_type           = "application/json"
  server_side_encryption = "AES256"
  tags                   = { "servicecatalog:provisioning" = "true" }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_servicecatalog_product" "project" {
  for_each = local.products

  name          = each.value.name
  description   = each.value.description
  owner         = each.value.owner
  type          = "CLOUD_FORMATION_TEMPLATE"
  support_email = try(each.value.support_email, null)
  support_url   = try(each.value.support_url, null)

  provisioning_artifact_parameters {
    name         = "none"
    description  = "Holds the product open. Choose a numbered version."
    type         = "CLOUD_FORMATION_TEMPLATE"
    template_url = "https://${aws_s3_bucket.state.bucket_regional_domain_name}/${aws_s3_object.placeholder.key}"
  }

  # Studio lists only products that carry this tag.
  tags = { "sagemaker:studio-visibility" = "true" }

  lifecycle {
    ignore_changes = [provisioning_artifact_parameters]

    precondition {
      condition     = contains(keys(local.offers), "${each.key}/${local.current_release}")
      error_message = "Release ${local.current_release} does not have the product \"${each.key}\". Make a newer release (make release), or take the product out of products."
    }
    precondition {
      condition     = var.network != null || !try(each.value.needs_network, false)
      error_message = "The product \"${each.key}\" needs a network: give the variable network (foundation/ makes one and hands it over), or take the product out of products."
    }
  }
}

resource "aws_servicecatalog_product_portfolio_association" "project" {
  for_each = local.products

  portfolio_id = aws_servicecatalog_portfolio.projects.id
  product_id   = aws_servicecatalog_product.project[each.key].id
}

resource "aws_servicecatalog_constraint" "launch" {
  for_each = local.products

  description  = "Projects are created, updated and deleted by ${aws_iam_role.launch.name}"
  portfolio_id = aws_servicecatalog_product_portfolio_association.project[each.key].portfolio_id
  product_id   = aws_servicecatalog_product_portfolio_association.project[each.key].product_id
  type         = "LAUNCH"
  parameters   = jsonencode({ RoleArn = aws_iam_role.launch.arn })

  # Destroyed in the opposite order: the role keeps its permissions until no product can be launched any more.
  depends_on = [aws_iam_role_policy.launch]
}
