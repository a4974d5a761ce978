"""Places: grids, footprints, georeferences, shapes on Earth, zooms."""
