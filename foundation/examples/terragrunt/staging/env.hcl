locals {
  name       = "staging"
  account_id = get_env("STAGING_ACCOUNT_ID")
  region     = get_env("AWS_REGION", "eu-west-1")
  nat        = "single"
  clean_up   = "report" # what failed and stopped jobs leave behind
  users      = {}
}
