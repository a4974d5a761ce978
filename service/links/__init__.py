"""Links: tokens, keys, passwords, the cached record, and who is admitted."""
