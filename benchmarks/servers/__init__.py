"""The servers that are measured, as processes."""
