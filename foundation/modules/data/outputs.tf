output "bucket_names" {
  description = "Buckets by area (`data` with one_bucket)."
  value       = { for key, bucket in aws_s3_bucket.data : key => bucket.id }
}

output "bucket_arns" {
  description = "Buckets' ARNs by area (`data` with one_bucket): what `replication.bucket_arns` of another application of this module takes."
  value       = { for key, bucket in aws_s3_bucket.data : key => bucket.arn }

  # S3 replicates to versioned buckets only.
  depends_on = [aws_s3_bucket_versioning.data]
}

output "locations" {
  description = "Bucket, prefix and address of each area."
  value = {
    for area, place in local.areas : area => {
      bucket = place.bucket.id
      prefix = place.prefix
      uri    = "s3://${place.bucket.id}/${place.prefix}"
    }
  }
}

output "read_policy_arns" {
  description = "Policies that let a role read, by area."
  value       = { for area, policy in aws_iam_policy.read : area => policy.arn }
}

output "write_policy_arns" {
  description = "Policies that let a role read and write, by area."
  value       = { for area, policy in aws_iam_policy.write : area => policy.arn }
}
