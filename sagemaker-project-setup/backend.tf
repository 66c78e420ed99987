# Partial on purpose: the runner passes bucket, key, region, lock table and key of the account it runs in, so that every
# project has its own state and this package carries no account's names.
terraform {
  backend "s3" {}
}
