"""Files as they are: read, packed, uploaded."""
