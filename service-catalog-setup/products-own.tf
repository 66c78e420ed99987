# Products that bring Terraform of their own: a folder in products/ with terraform/ beside the form. What the runner may do for
# them, and the most that their roles may do, stands in the same folder (docs/how-to-add-a-template.md). Where no such product is
# offered, nothing of this is made, and nothing else changes.
locals {
  # By offer: the release's object with the product's Terraform.
  own_setups = {
    for key, offer in local.offers : key => offer.release.products[offer.product.key].setup
    if can(offer.release.products[offer.product.key].setup)
  }

  product_settings = {
    for key, product in local.products : key => merge(try(product.settings, {}), try(var.product_settings[key], {}))
  }

  own_platform_settings = {
    for key, setup in local.own_setups : key => jsonencode({
      platform = {
        name                     = var.name
        release                  = local.offers[key].release.version
        product                  = local.offers[key].product.key
        kms_key_arn              = aws_kms_key.platform.arn
        permissions_boundary_arn = one([for name, boundary in aws_iam_policy.product_boundary : boundary.arn if name == local.offers[key].product.key])
        role_path                = local.role_path
        project_prefix           = local.project_prefix
        log_retention_days       = var.log_retention_days
        network                  = var.network
        git_base_url             = local.github_base_url
        settings                 = local.product_settings[local.offers[key].product.key]
        tags                     = var.tags
      }
    })
  }

  own_runner_settings = {
    for key, setup in local.own_setups : key => { setup = "own", project_prefix = local.project_prefix }
  }

  # Statements are templates: none of these values is unknown before the first apply.
  product_statements = {
    for file in ["runner", "boundary"] : file => {
      for key in keys(local.products) : key => yamldecode(templatefile("${path.module}/products/${key}/permissions/${file}.yaml", {
        partition  = local.partition
        region     = local.region
        account_id = local.account_id
        dns_suffix = local.dns_suffix
        names      = local.project_names
        roles      = local.project_roles_arn
        network    = var.network
        settings   = local.product_settings[key]
      })) if fileexists("${path.module}/products/${key}/permissions/${file}.yaml")
    }
  }

  # Roles of a product: made under its boundary only.
  product_role_statements = {
    for key, boundary in aws_iam_policy.product_boundary : key => [
      {
        Sid       = "RolesUnderTheBoundaryOfTheProduct"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
        Resource  = local.project_roles_arn
        Condition = { ArnEquals = { "iam:PermissionsBoundary" = boundary.arn } }
      },
      {
        Sid      = "NeverTouchTheBoundaryOfTheProduct"
        Effect   = "Deny"
        Action   = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"]
        Resource = boundary.arn
      },
    ]
  }
}

resource "aws_iam_policy" "product_boundary" {
  for_each = local.product_statements.boundary

  name        = "${var.name}-product-${each.key}-boundary"
  description = "Upper bound of every role of a project of the product ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = concat(each.value, local.product_boundary_key_statements) })
}

resource "aws_iam_policy" "product_runner" {
  for_each = local.product_statements.runner

  name        = "${var.name}-product-${each.key}-runner"
  description = "Runner of ${var.name}: projects of the product ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = concat(each.value, lookup(local.product_role_statements, each.key, [])) })
}

# For the runner and for whatever destroys, restores and compares.
resource "aws_iam_role_policy_attachment" "product" {
  for_each = {
    for pair in setproduct(keys(local.product_statements.runner), ["runner", "teardown"]) : join("/", pair) => { product = pair[0], role = pair[1] }
  }

  role       = each.value.role == "runner" ? aws_iam_role.runner.name : aws_iam_role.teardown_build.name
  policy_arn = aws_iam_policy.product_runner[each.value.product].arn
}

locals {
  # The platform's key, for what carries its name.
  product_boundary_key_statements = [for statement in local.boundary_statements : statement if contains(["UseTheKey", "LetServicesUseTheKey"], statement.Sid)]
}
