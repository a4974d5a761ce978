"""Before a raster is served: inspected, given profiles, optimised; threads warmed up."""
