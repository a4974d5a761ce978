"""Items and collections: registered, described, changed, deleted."""
