variable "seeds" {
  description = <<-TEXT
    Seeds of your own, by name, for products to name as their `seed`; one with the name of a seed of the release replaces
    it. `make seed-check SEED=<folder>` checks a seed, makes its archive and prints the entry (docs/seeds.md).
      archive  the zip: a path, or s3://bucket/key
      sha256   of the zip, hexadecimal
  TEXT
  type = map(object({
    archive = string
    sha256  = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.seeds) : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", name)) && length(name) <= 64])
    error_message = "Every key of seeds must be a seed's name: lower-case words joined by hyphens, as `name` in its seed.toml."
  }
  validation {
    condition     = alltrue([for seed in values(var.seeds) : can(regex("^[0-9a-f]{64}$", seed.sha256))])
    error_message = "seeds.*.sha256 must be 64 hexadecimal digits. make seed-check prints it."
  }
  validation {
    condition     = alltrue([for seed in values(var.seeds) : can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+$", seed.archive)) || (endswith(seed.archive, ".zip") && fileexists(seed.archive))])
    error_message = "seeds.*.archive must be a zip that exists, or s3://bucket/key. make seed-check SEED=<folder> makes one of a folder."
  }
}
