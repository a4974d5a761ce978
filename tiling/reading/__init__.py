"""Pixels of a raster on a grid: placed, resampled, or warped by GDAL."""
