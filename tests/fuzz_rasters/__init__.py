"""Random GeoTIFFs, rendered by us and by rio-tiler and GDAL: `python -m tests.fuzz_rasters --count N --seed S`."""
