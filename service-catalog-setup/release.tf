# Releases are immutable: everything a run needs lies in the state bucket under the hash of its content,
# and the product template names those hashes.
locals {
  release_manifests = {
    for directory in concat([var.release_dir], var.retained_release_dirs) :
    directory => jsondecode(file("${directory}/release.json"))
  }
  releases = { for directory, manifest in local.release_manifests : manifest.version => merge(manifest, { directory = directory }) }

  current_release = jsondecode(file("${var.release_dir}/release.json")).version

  release_objects = merge([
    for release in values(local.releases) : {
      for object in values(release.objects) : object.key => { file = "${release.directory}/${object.file}", sha256 = object.sha256 }
    }
  ]...)

  # Archives for runners without internet. The provider's is checked by Terraform against package 2's lock file.
  mirrored_files = var.terraform_mirror_dir == null ? [] : concat(
    tolist(fileset(var.terraform_mirror_dir, "terraform_*_linux_amd64.zip")),
    tolist(fileset(var.terraform_mirror_dir, "**/terraform-provider-aws_*_linux_amd64.zip")),
  )
  mirror_objects = {
    for file in local.mirrored_files : basename(file) => {
      file   = "${var.terraform_mirror_dir}/${file}"
      sha256 = filesha256("${var.terraform_mirror_dir}/${file}")
      key    = "objects/${filesha256("${var.terraform_mirror_dir}/${file}")}/${basename(file)}"
    }
  }
}

resource "aws_s3_object" "release" {
  for_each = merge(local.release_objects, { for object in values(local.mirror_objects) : object.key => object })

  bucket                 = aws_s3_bucket.state.id
  key                    = each.key
  source                 = each.value.file
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  lifecycle {
    # A key stands for its content. That the same content lies in another folder, or in a newer release too, is no change.
    ignore_changes = [source]

    precondition {
      condition     = filesha256(each.value.file) == each.value.sha256
      error_message = "${each.value.file} is not the file that release.json describes. Build the release again: make package."
    }
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_s3_bucket_server_side_encryption_configuration.state]
}

# With the archives, these two let another machine restore what is on offer (python -m release fetch).
resource "aws_s3_object" "release_manifest" {
  for_each = local.releases

  bucket                 = aws_s3_bucket.state.id
  key                    = "releases/${each.key}/release.json"
  source                 = "${each.value.directory}/release.json"
  source_hash            = filesha256("${each.value.directory}/release.json")
  content_type           = "application/json"
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  depends_on = [aws_s3_object.release]
}

resource "aws_s3_object" "release_offer" {
  bucket       = aws_s3_bucket.state.id
  key          = "releases/offer.json"
  content_type = "application/json"
  content = jsonencode({
    schema  = 1
    current = local.current_release
    releases = {
      for version, release in local.releases : version => {
        sha256     = filesha256("${release.directory}/release.json")
        deprecated = contains(var.deprecated_releases, version)
      }
    }
  })
  server_side_encryption = "aws:kms"
  kms_key_id             = aws_kms_key.platform.arn
  bucket_key_enabled     = true

  depends_on = [aws_s3_object.release_manifest]
}
