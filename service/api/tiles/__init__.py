"""GET forms for map clients: tiles, their documents, values."""
