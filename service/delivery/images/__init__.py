"""Images: from what is asked for, through the caches, to the pool that renders."""
