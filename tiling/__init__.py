"""Pixels: a raster and a tile address in, image bytes out. Knows no HTTP, no Redis, no SQL, no link."""
