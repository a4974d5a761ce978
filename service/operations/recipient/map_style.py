"""A MapLibre style that shows one tileset (https://maplibre.org/maplibre-style-spec, version 8)."""

from dataclasses import dataclass

from tiling.models import Bounds
from tiling.profile import Profile

SOURCE = "tilegate"


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleSource:
    """The tileset."""

    name: str
    credit: str
    """Whom it is due to and its licence; may be empty."""
    license_url: str
    profile: Profile
    """Of kind terrain: the style shows a shaded relief in three dimensions."""
    tiles: str
    """The address of a tile, with {z}, {x} and {y}."""
    tilesize: int
    bounds: Bounds
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    wmts: str = ""
    """The address of WMTS capabilities that have the profile as a layer; empty where none have it."""


def map_style(source: StyleSource) -> dict[str, object]:
    """Return the style as it is to be written in JSON."""
    kind = "raster-dem" if source.profile.is_terrain else "raster"
    tileset: dict[str, object] = {
        "type": kind,
        "tiles": [source.tiles],
        "tileSize": source.tilesize,
        "bounds": list(source.bounds),
        "minzoom": source.minzoom,
        "maxzoom": source.maxzoom,
    }
    if source.credit:
        tileset["attribution"] = source.credit
    if source.profile.is_terrain:
        tileset["encoding"] = "mapbox" if source.profile.algorithm == "terrainrgb" else "terrarium"
    style: dict[str, object] = {
        "version": 8,
        "name": source.name,
        "center": list(source.center[:2]),
        "zoom": source.center[2],
        "sources": {SOURCE: tileset},
        "layers": [{"id": SOURCE, "type": "hillshade" if source.profile.is_terrain else "raster", "source": SOURCE}],
    }
    return style | {"terrain": {"source": SOURCE, "exaggeration": 1}} if source.profile.is_terrain else style
