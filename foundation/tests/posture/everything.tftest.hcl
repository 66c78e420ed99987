# Every part together, for `make posture`, which looks at each resource. No assertion: that is done there.
mock_provider "aws" {
  source = "./tests/fakes"
}

run "everything" {
  variables {
    name          = "team"
    network       = {}
    data          = { one_bucket = true, sample_files = { "notebooks/a.ipynb" = "README.md" } }
    studio        = { roles = { data-scientist = { read = ["raw"], write = ["processed"] } }, users = { ada = { role = "data-scientist" } } }
    notebooks     = { instances = { ada = {} }, delivered = { placeholders = { TEAM = "x" } }, read = ["raw"] }
    logs_and_jobs = { clean_up = { areas = ["processed"] } }
    aurora_inference = {
      endpoint_names = ["churn"]
      new_cluster    = {}
    }
  }
}
