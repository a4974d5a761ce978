"""What a file must show before GDAL reads it, and what GDAL can reach then."""
