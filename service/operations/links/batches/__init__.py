"""Many links at once, made or ended."""
