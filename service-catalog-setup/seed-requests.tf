# What the projects' seed functions were asked and answered, for an hour each (docs/adr/0038). Nothing in it is worth
# keeping: repositories tell by their commits whether they were seeded.
resource "aws_dynamodb_table" "seed_requests" {
  #checkov:skip=CKV_AWS_28:Items live for an hour and are made again by the next request; there is nothing to recover.
  name         = "${var.name}-seed-requests"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "function"
  range_key    = "request"

  attribute {
    name = "function"
    type = "S"
  }
  attribute {
    name = "request"
    type = "S"
  }

  ttl {
    attribute_name = "expiration"
    enabled        = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.platform.arn
  }
}
