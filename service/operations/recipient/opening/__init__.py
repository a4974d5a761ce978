"""Opening a link as somebody whom it is meant for: by a code, or signed in."""
