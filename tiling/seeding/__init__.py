"""Seeding: the tiles of a raster rendered ahead, into an archive (PMTiles) that is served in place of renders."""
