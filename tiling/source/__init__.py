"""Open rasters: opened, lent, read block by block through one cache."""
