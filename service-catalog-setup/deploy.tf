# What products that deploy need of the account beside what every product needs. Without such a product nothing of the files
# deploy-*.tf is made, and nothing of the others changes.
locals {
  deploy_products = { for key, product in local.products : key => product if try(product.deploy_seed, null) != null }
  deploys         = length(local.deploy_products) > 0
  deploy_once     = local.deploys ? toset(["deploy"]) : toset([])

  deploy_boundary_arn = one([for boundary in aws_iam_policy.deploy_boundary : boundary.arn])

  # Roles in other accounts, by environment; ARNs of one account may stand for both environments.
  deploy_targets = [for target in values(var.environments) : target if target != null]

  # Where projects have, or may have had, something: for the guard and for the deletion.
  deploy_current  = { for name, target in var.environments : "${name} in ${target.role_arn} with ${target.data_bucket}" => target if target != null }
  deploy_accounts = merge({ for former in var.former_environments : "${former.environment} in ${former.role_arn} with ${former.data_bucket}" => former }, local.deploy_current)

  # The part of platform.auto.tfvars.json, per offer (settings.tf).
  deploy_settings = {
    for key, offer in local.offers : key => {
      permissions_boundary_arn = local.deploy_boundary_arn
      seed = try(local.own_seeds[offer.product.deploy_seed], {
        name   = offer.product.deploy_seed
        key    = offer.release.objects[offer.release.seeds[offer.product.deploy_seed].object].key
        sha256 = offer.release.objects[offer.release.seeds[offer.product.deploy_seed].object].sha256
      })
      mirror       = var.terraform_mirror_dir == null ? null : { terraform_key = local.deploy_mirror[key].terraform, provider_key = local.deploy_mirror[key].provider }
      environments = var.environments
    } if contains(keys(local.deploy_products), offer.product.key)
  }
  deploy_mirror = {
    for key, offer in local.offers : key => {
      terraform = try(local.mirror_objects["terraform_${offer.release.terraform.version}_linux_amd64.zip"].key, null)
      provider  = try(local.mirror_objects[local.provider_archives[key]].key, null)
    }
  }

  # For the deletion, which removes what the deployment's pipeline has made (runner/deployment.sh).
  deploy_runner_settings = {
    for key, offer in local.offers : key => merge(
      { deploys = "true" },
      merge([
        for name, target in var.environments : {
          "deploy_${name}_role"        = target.role_arn
          "deploy_${name}_external_id" = target.external_id
          "deploy_${name}_bucket"      = target.data_bucket
        } if target != null
      ]...),
      merge([
        for index, former in var.former_environments : {
          "deploy_former${index}_environment" = former.environment
          "deploy_former${index}_role"        = former.role_arn
          "deploy_former${index}_external_id" = former.external_id
          "deploy_former${index}_bucket"      = former.data_bucket
        }
      ]...),
    ) if contains(keys(local.deploy_products), offer.product.key)
  }
}
