"""The area that a link shares: polygons in degrees (WGS 84), from and to GeoJSON (RFC 7946)."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

Ring: TypeAlias = tuple[tuple[float, float], ...]
"""A closed line, (longitude, latitude) each; the first point again at its end."""
Area: TypeAlias = tuple[tuple[Ring, ...], ...]
"""Polygons; of each the first ring is its border, the others are holes."""

MAX_POINTS = 10_000
LEAST_POINTS = 4


def parse_area(value: object) -> Area:
    """Return the polygons of a GeoJSON Polygon, MultiPolygon or a Feature of one; all else raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("an area must be a GeoJSON Polygon or MultiPolygon")  # noqa: TRY004  (pydantic's way to say it)
    document = cast("dict[str, Any]", value)
    match document.get("type"):
        case "Feature":
            return parse_area(document.get("geometry"))
        case "Polygon":
            polygons = [document.get("coordinates")]
        case "MultiPolygon":
            polygons = _list(document.get("coordinates"))
        case _:
            raise ValueError("an area must be a GeoJSON Polygon or MultiPolygon")
    area = tuple(tuple(_ring(ring) for ring in _list(polygon)) for polygon in polygons)
    if sum(len(ring) for polygon in area for ring in polygon) > MAX_POINTS:
        raise ValueError(f"an area must have at most {MAX_POINTS} points")
    return area


def geojson_of(area: Area) -> dict[str, Any]:
    """Return an area as a GeoJSON geometry."""
    if len(area) == 1:
        return {"type": "Polygon", "coordinates": area[0]}
    return {"type": "MultiPolygon", "coordinates": area}


def _ring(value: object) -> Ring:
    ring = tuple(_point(point) for point in _list(value))
    if len(ring) < LEAST_POINTS or ring[0] != ring[-1]:
        raise ValueError("a ring must have at least four points and end where it begins")
    return ring


def _point(value: object) -> tuple[float, float]:
    numbers = _list(value)
    if len(numbers) < 2 or not all(type(number) in {int, float} for number in numbers):  # noqa: PLR2004
        raise ValueError("a point must be [longitude, latitude]")
    longitude, latitude = float(numbers[0]), float(numbers[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004
        raise ValueError("longitudes must be between -180 and 180 degrees, latitudes between -90 and 90")
    return longitude, latitude


def _list(value: object) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("the coordinates must be those of a GeoJSON Polygon or MultiPolygon")
    return list(value)
