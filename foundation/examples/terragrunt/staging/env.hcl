locals {
  name     = "staging"
  region   = get_env("AWS_REGION", "eu-west-1")
  nat      = "single"
  clean_up = "report" # what failed and stopped jobs leave behind
  users    = {}
}
