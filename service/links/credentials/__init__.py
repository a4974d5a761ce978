"""What proves that somebody may use a link: tokens, keys, passwords."""
