locals {
  name       = "prod"
  account_id = get_env("PROD_ACCOUNT_ID")
  region     = get_env("AWS_REGION", "eu-west-1")
  nat        = "per-zone"
  clean_up   = "report" # what failed and stopped jobs leave behind
  users      = {}
}
