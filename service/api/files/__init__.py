"""Files by their addresses."""
