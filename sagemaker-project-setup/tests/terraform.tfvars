# A project as the runner hands it over; tests change single values.

project = {
  id             = "p-abc123"
  name           = "Churn"
  repository     = "example-org/churn"
  branch         = "main"
  repository_url = "https://github.com/example-org/churn"
  connection_arn = "arn:aws:codeconnections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
}
platform = {
  name                     = "sagemaker-projects"
  release                  = "1.0.0"
  product                  = "model-build"
  object_bucket            = "ml-projects-state-123456789012-eu-central-1"
  kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/sagemaker-projects-project-boundary"
  github                   = { secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sagemaker-projects/github-AbCdEf" }
  seed = {
    name   = "model-build"
    key    = "objects/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/seed-model-build.zip"
    sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
  lambdas = {
    seed_repository = {
      key     = "objects/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824/lambda-seed-repository.zip"
      sha256  = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
      handler = "seed_repository.handler.handler"
    }
  }
}
