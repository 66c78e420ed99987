"""STS: roles are assumed only by whom their trust policy names."""
