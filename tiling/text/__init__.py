"""Text that goes along with images: what it may hold, and where files keep it."""
