"""Features of a GeoJSON file (RFC 7946), looked at once before maps draw them."""
