"""CloudWatch Logs is moto's; added here is what FilterLogEvents lacks."""
