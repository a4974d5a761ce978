"""Links: made, changed, listed, revoked; their keys, notices and requests for access."""
