"""What IAM would be asked about a call, and, when the local cloud enforces IAM, what it answers."""
