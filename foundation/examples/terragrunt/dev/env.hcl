locals {
  name       = "dev"
  account_id = get_env("DEV_ACCOUNT_ID")
  region     = get_env("AWS_REGION", "eu-west-1")
  nat        = "single"
  clean_up   = "delete" # what failed and stopped jobs leave behind
  users      = { ada = {} }
}
