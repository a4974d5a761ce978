"""Text that others wrote."""
