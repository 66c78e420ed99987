# A project with both halves, in a network, for `make posture`, which looks at each resource. No assertion: that is done there.
mock_provider "aws" {
  source = "./tests/mocks"
}

run "everything" {
  variables {
    platform = merge(var.platform, {
      product = "model-build-deploy"
      deploy = {
        permissions_boundary_arn = "arn:aws:iam::123456789012:policy/sagemaker-projects-deploy-boundary"
        seed                     = { name = "model-deploy", key = "objects/${join("", [for n in range(64) : "b"])}/seed-model-deploy.zip", sha256 = join("", [for n in range(64) : "b"]) }
      }
      network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    })
  }
}
