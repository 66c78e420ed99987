"""What the steps of a pipeline do, one module per kind."""
