"""What is safe about what the packages make: each resource, and each thing that is fetched, check by check."""
