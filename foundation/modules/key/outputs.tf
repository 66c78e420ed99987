output "arn" {
  description = "ARN of the key: `kms_key_arn` of the other modules."
  value       = aws_kms_key.foundation.arn
}
