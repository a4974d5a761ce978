"""TileJSON 3.0.0: what a map client needs to know about a tileset."""

from collections.abc import Sequence

from service.operations.catalogue.tileset_models import vector_layers_of
from tiling.archives.tileset import TilesetDescription
from tiling.models import MAX_ZOOM, Bounds, TileSize

VECTOR_TILE = 512
"""Pixels that map clients draw a vector tile in, by convention."""


def tilejson(  # noqa: PLR0913 - the document's fields
    *,
    name: str,
    description: str,
    tiles: Sequence[str],
    bounds: Bounds,
    center: tuple[float, float, int],
    minzoom: int,
    maxzoom: int,
    attribution: str | None = None,
    tilesize: TileSize = 256,
) -> dict[str, object]:
    """Return a TileJSON 3.0.0 document (https://github.com/mapbox/tilejson-spec) for XYZ image tiles.

    `tiles` are URL templates with {z}, {x} and {y}; `bounds` and `center` are in degrees. `vector_layers` is empty: the
    specification has it for vector tiles, its schema requires it of all. `tileSize` is not in the specification, which
    allows further keys; MapLibre and QGIS read it. Raises ValueError for no tiles, bounds that cross 180° (maps would
    stay blank) or zooms in the wrong order.
    """
    if not tiles:
        raise ValueError("a tileset must have at least one tile URL")
    _check_extent(bounds, minzoom, maxzoom)
    document: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": name,
        "description": description,
        "scheme": "xyz",
        "tiles": list(tiles),
        "vector_layers": [],
        "bounds": list(bounds),
        "center": list(center),
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "tileSize": tilesize,
    }
    return document if attribution is None else document | {"attribution": attribution}


def of_tileset(tileset: TilesetDescription | None) -> dict[str, object]:
    """Return what the TileJSON of an archive says otherwise: what its tiles are, and the layers of vector tiles."""
    if tileset is None:
        return {}
    if not tileset.format.is_vector:
        return {"format": str(tileset.format), "tileSize": tileset.tilesize}
    layers = [layer.model_dump() for layer in vector_layers_of(tileset)]
    return {"format": "pbf", "vector_layers": layers, "tileSize": VECTOR_TILE}


def _check_extent(bounds: Bounds, minzoom: int, maxzoom: int) -> None:
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the world
        raise ValueError("bounds must be west, south, east, north within the world")
    if not 0 <= minzoom <= maxzoom <= MAX_ZOOM:
        raise ValueError(f"zooms must be from 0 to {MAX_ZOOM}, the smaller one first")
