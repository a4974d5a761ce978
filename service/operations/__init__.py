"""What can be asked of the service: one registry, one module for each group of operations."""
