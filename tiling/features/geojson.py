"""What a GeoJSON file holds, checked by RFC 7946, for who registers it and for the maps that show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tiling.errors import ContentRefused
from tiling.features.strict_json import parse_strictly
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import read_whole
from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.geometry.union import Extent
from tiling.models import Bounds

MAX_BYTES: Final = 20 * 2**20
MAX_POSITIONS: Final = 1_000_000
MAX_FEATURES: Final = 200_000
DEEPEST_COLLECTION: Final = 4
"""Geometry collections inside each other; RFC 7946 would have none."""
DEEPEST_ATTRIBUTE: Final = 32
MAXZOOM: Final = 18
"""Features have no resolution: a map of them may be looked at as closely."""

_LONGITUDE: Final = 180
_LATITUDE: Final = 90
_RING: Final = 4
"""The fewest positions of a ring."""
_SMALLEST: Final = 0.001
"""Degrees that a box has at least, so that a map can show a single point."""
_TOO_MANY: Final = "make it a PMTiles archive (`tippecanoe -o out.pmtiles in.geojson`), which maps load by parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturesDescription:
    """What registering a GeoJSON file learns about it."""

    version: str
    """Of the file that was checked."""
    bounds: Bounds
    """Degrees (WGS 84), west < east."""
    features: int
    positions: int

    @property
    def extent(self) -> Extent:
        """Where it lies."""
        west, south, east, north = self.bounds
        center = ((west + east) / 2, (south + north) / 2, 0)
        return Extent(footprint=self.bounds, bounds=self.bounds, center=center, minzoom=0, maxzoom=MAXZOOM)


def inspect_features(source: RasterSource) -> FeaturesDescription:
    """Check a file and describe it. Blocks: seconds, for the largest.

    Raises ContentRefused with the reason and where it is, SourceGone, SourceChanged, SourceUnreadable.
    """
    found = _Found()
    for number, feature in enumerate(_features(parse_strictly(read_whole(source, MAX_BYTES)))):
        found.add(feature, f"feature {number}")
    if not found.positions:
        raise ContentRefused("it has no feature with a place")
    return FeaturesDescription(
        version=source.version, bounds=found.bounds, features=found.features, positions=found.positions
    )


@dataclass(slots=True)
class _Found:
    """What was met so far."""

    features: int = 0
    positions: int = 0
    low: list[float] = field(default_factory=lambda: [180.0, 90.0])
    high: list[float] = field(default_factory=lambda: [-180.0, -90.0])

    @property
    def bounds(self) -> Bounds:
        """Around all positions, a little wider where they are one, within web mercator."""
        west, east = _widened(self.low[0], self.high[0], _LONGITUDE)
        south, north = _widened(self.low[1], self.high[1], MERCATOR_LATITUDE)
        return west, south, east, north

    def add(self, feature: Any, where: str) -> None:
        """Check a feature. Raises ContentRefused."""
        self.features += 1
        if self.features > MAX_FEATURES:
            raise ContentRefused(f"it has more than {MAX_FEATURES:,} features; {_TOO_MANY}")
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise ContentRefused(f'{where} is no object of type "Feature"')
        if "geometry" not in feature or not isinstance(feature.get("properties", 0), dict | None):
            raise ContentRefused(f"{where} must have a geometry, and properties that are an object; null is allowed")
        if type(feature.get("id", "")) not in (str, int, float):
            raise ContentRefused(f"the id of {where} must be a text or a number")
        _check_depth(feature["properties"], where)
        if feature["geometry"] is not None:
            self.measure(feature["geometry"], where)

    def measure(self, geometry: Any, where: str, depth: int = 1) -> None:
        """Check a geometry. Raises ContentRefused."""
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind == "GeometryCollection":
            parts = geometry.get("geometries")
            if not isinstance(parts, list) or depth > DEEPEST_COLLECTION:
                raise ContentRefused(f"{where} has a GeometryCollection without geometries, or too deep a one")
            for part in parts:
                self.measure(part, where, depth + 1)
            return
        if not isinstance(kind, str) or kind not in _LEVELS:
            raise ContentRefused(f"{where} has a geometry of no type that there is")
        for line in _lines(geometry.get("coordinates"), _LEVELS[kind], where):
            _check_line(line, kind, where)
            self._measure_line(line, where)

    def _measure_line(self, line: list[Any], where: str) -> None:
        self.positions += len(line)
        if self.positions > MAX_POSITIONS:
            raise ContentRefused(f"it has more than {MAX_POSITIONS:,} positions; {_TOO_MANY}")
        for position in line:
            if not isinstance(position, list) or not 2 <= len(position) <= 4 or not all(map(_is_number, position)):  # noqa: PLR2004
                raise ContentRefused(f"{where} has a position that is not two or three numbers")
            longitude, latitude = position[0], position[1]
            if abs(longitude) > _LONGITUDE or abs(latitude) > _LATITUDE:
                raise ContentRefused(f"{where} has a position that is not in degrees; {_DEGREES}")
        longitudes, latitudes = [position[0] for position in line], [position[1] for position in line]
        self.low = [min(self.low[0], *longitudes), min(self.low[1], *latitudes)]
        self.high = [max(self.high[0], *longitudes), max(self.high[1], *latitudes)]


_DEGREES: Final = "bring it there with `ogr2ogr -t_srs EPSG:4326 -lco RFC7946=YES out.geojson in.geojson`"
_LEVELS: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How deep the positions of a geometry lie in lists."""


def _features(document: Any) -> Iterator[Any]:
    """Yield the features of a document; a geometry alone is one without attributes."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind is None:
        raise ContentRefused("it is no GeoJSON: it must be an object with a type")
    if "crs" in document and "CRS84" not in str(document["crs"])[:1000]:
        raise ContentRefused(f"it has a crs, and GeoJSON (RFC 7946) is in longitude and latitude; {_DEGREES}")
    if kind == "Feature":
        yield document
    elif kind != "FeatureCollection":
        yield {"type": "Feature", "geometry": document, "properties": None}
    elif not isinstance(document.get("features"), list):
        raise ContentRefused("it is a FeatureCollection without features")
    else:
        yield from document["features"]


def _lines(coordinates: Any, level: int, where: str) -> Iterator[list[Any]]:
    """Yield the lists of positions in coordinates that lie so deep; of a point, a list of one."""
    if level == 0:
        yield [coordinates]
        return
    if not isinstance(coordinates, list):
        raise ContentRefused(f"{where} has coordinates that are not as deep as its geometry's type has them")
    if level == 1:
        yield coordinates
        return
    for part in coordinates:
        yield from _lines(part, level - 1, where)


def _check_line(line: list[Any], kind: str, where: str) -> None:
    if not line and kind != "MultiPoint":
        raise ContentRefused(f"{where} has a line or a ring of no positions")
    if kind.endswith("LineString") and len(line) < 2:  # noqa: PLR2004 - from and to
        raise ContentRefused(f"{where} has a line of fewer than two positions")
    if kind.endswith("Polygon") and (len(line) < _RING or line[0] != line[-1]):
        raise ContentRefused(f"{where} has a ring that is not closed, or has fewer than {_RING} positions")


def _check_depth(value: Any, where: str) -> None:
    """Raise ContentRefused where attributes are nested too deeply for who reads them."""
    level = [value]
    for _ in range(DEEPEST_ATTRIBUTE):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return
    raise ContentRefused(f"the properties of {where} are nested too deeply")


def _parts(value: Any) -> list[Any]:
    """Return the objects and lists in a value."""
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, dict | list)]
    return [part for part in value if isinstance(part, dict | list)] if isinstance(value, list) else []


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _widened(low: float, high: float, most: float) -> tuple[float, float]:
    low, high = max(-most, min(low, most)), max(-most, min(high, most))
    if high - low >= _SMALLEST:
        return low, high
    return max(-most, low - _SMALLEST), min(most, high + _SMALLEST)
