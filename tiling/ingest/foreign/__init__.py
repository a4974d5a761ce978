"""Rasters of other formats, written as GeoTIFFs that pass the gate: by the command line, never by the service."""
