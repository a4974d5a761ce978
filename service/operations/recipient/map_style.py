"""A MapLibre style that shows one tileset (https://maplibre.org/maplibre-style-spec, version 8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tiling.archives.tileset import TilesetDescription
from tiling.models import Bounds
from tiling.profile import Profile

SOURCE = "tilegate"
COLORS = ("#2b6f8f", "#b3552d", "#4a7a3a", "#7a4f9a", "#a8842b", "#2f8577", "#a53f5f", "#5b6770")
"""One for each layer of features, told apart on light and dark ground."""
SHAPES: tuple[tuple[str, tuple[str, ...], dict[str, object]], ...] = (
    ("fill", ("Polygon",), {"fill-color": None, "fill-opacity": 0.3}),
    ("line", ("LineString", "Polygon"), {"line-color": None, "line-width": 1.5}),
    ("circle", ("Point",), {"circle-color": None, "circle-radius": 4}),
)
"""Kinds of layers, what they draw, and how; None stands for the colour. Polygons lie below all lines."""


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
    tileset: TilesetDescription | None = None
    """Of an archive."""


def map_style(source: StyleSource) -> dict[str, object]:
    """Return the style as it is to be written in JSON."""
    if source.tileset is not None and source.tileset.format.is_vector:
        return vector_style(source, source.tileset)
    kind = "raster-dem" if source.profile.is_terrain else "raster"
    tileset: dict[str, object] = {
        "type": kind,
        "tiles": [source.tiles],
        "tileSize": source.tilesize,
        "bounds": list(source.bounds),
        "minzoom": source.minzoom,
        "maxzoom": source.maxzoom,
    }
    if source.profile.is_terrain:
        tileset["encoding"] = "mapbox" if source.profile.algorithm == "terrainrgb" else "terrarium"
    kind_of_layer = "hillshade" if source.profile.is_terrain else "raster"
    layers: list[dict[str, object]] = [{"id": SOURCE, "type": kind_of_layer, "source": SOURCE}]
    style = _style(source.name, source.center, tileset | _attribution(source.credit), layers)
    return style | {"terrain": {"source": SOURCE, "exaggeration": 1}} if source.profile.is_terrain else style


def vector_style(source: StyleSource, tileset: TilesetDescription) -> dict[str, object]:
    """Return a plain style of vector tiles: of each layer its polygons, lines and points, in a colour of its own."""
    tiles: dict[str, object] = {
        "type": "vector",
        "tiles": [source.tiles],
        "bounds": list(source.bounds),
        "minzoom": source.minzoom,
        "maxzoom": source.maxzoom,
    }
    layers = [drawn for kind in SHAPES for drawn in _layers(kind, [layer.id for layer in tileset.vector_layers])]
    return _style(source.name, source.center, tiles | _attribution(source.credit), layers)


def features_style(name: str, center: tuple[float, float, int], address: str, credit: str = "") -> dict[str, object]:
    """Return a plain style of GeoJSON. `address`: of the features; `credit`: whom they are due to."""
    layers = [drawn for kind in SHAPES for drawn in _layers(kind, [None])]
    return _style(name, center, {"type": "geojson", "data": address} | _attribution(credit), layers)


def _layers(
    shape: tuple[str, tuple[str, ...], dict[str, object]], names: Sequence[str | None]
) -> Iterator[dict[str, object]]:
    kind, geometries, paint = shape
    drawn = [name for geometry in geometries for name in (geometry, f"Multi{geometry}")]
    for number, name in enumerate(names):
        color = COLORS[number % len(COLORS)]
        yield {
            "id": f"{name or SOURCE}-{kind}",
            "type": kind,
            "source": SOURCE,
            **({} if name is None else {"source-layer": name}),
            "filter": ["in", ["geometry-type"], ["literal", drawn]],
            "paint": {each: color if value is None else value for each, value in paint.items()},
        }


def _attribution(credit: str) -> dict[str, object]:
    """Return what says whom a source is due to; nothing where nobody is named."""
    return {"attribution": credit} if credit else {}


def _style(
    name: str, center: tuple[float, float, int], source: dict[str, object], layers: list[dict[str, object]]
) -> dict[str, object]:
    return {
        "version": 8,
        "name": name,
        "center": list(center[:2]),
        "zoom": center[2],
        "sources": {SOURCE: source},
        "layers": layers,
    }
