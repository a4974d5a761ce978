"""Tile matrix sets for tests: all that are shipped, and some that an operator could have."""

import morecantile
import pyproj

from tiling.geometry.tile_matrix import TileMatrixSet
from tiling.geometry.tile_matrix_sets import TileMatrixSets, checked

POLAR_NORTH = "EPSG:3413"


def own_set(name: str) -> morecantile.TileMatrixSet:
    """Polar with square tiles; counted from the bottom; tiles that are wider than high, of 512 pixels."""
    if name == "PolarNorth":
        extent, crs, more = [-4_194_304.0] * 2 + [4_194_304.0] * 2, POLAR_NORTH, {}
    elif name == "Upwards":
        extent, crs, more = (
            [2_000_000.0, 1_000_000.0, 6_000_000.0, 5_000_000.0],
            "EPSG:3035",
            {"corner_of_origin": "bottomLeft"},
        )
    else:
        extent, crs = [-20_037_508.0, -10_018_754.0, 20_037_508.0, 10_018_754.0], "EPSG:3857"
        more = {"tile_width": 512, "tile_height": 256}
    return morecantile.TileMatrixSet.custom(extent, pyproj.CRS(crs), id=name, title=name, maxzoom=18, **more)


OWN = ("PolarNorth", "Upwards", "Wide")
_KNOWN = TileMatrixSets({name: checked(own_set(name)) for name in OWN})
SETS: dict[str, TileMatrixSet] = {name: found for name in _KNOWN if (found := _KNOWN.get(name))}
