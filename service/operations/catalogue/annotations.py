"""What is drawn on a saved map: GeoJSON (RFC 7946), with labels and notes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from service.operations.core.markdown import render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FEATURES: Final = 2_000
MAX_POSITIONS: Final = 20_000
MAX_LABEL: Final = 200
MAX_NOTE: Final = 4_000
COLOUR_LENGTH: Final = 7
DEPTHS: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How many lists deep the positions of a geometry lie."""


def parse_annotations(value: object) -> dict[str, Any]:
    """Return a FeatureCollection that can be drawn; a Feature becomes one. All else raises ValueError.

    Of a feature's properties `label`, `note` (markdown) and `color` (#rrggbb) are shown. Others are refused: what is
    sent to recipients without being shown would be noticed by nobody.
    """
    document = _object(value, "annotations must be a GeoJSON FeatureCollection")
    if document.get("type") == "Feature":
        document = {"type": "FeatureCollection", "features": [document]}
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise ValueError("annotations must be a GeoJSON FeatureCollection")
    if len(features) > MAX_FEATURES:
        raise ValueError(f"at most {MAX_FEATURES} annotations are allowed")
    parsed = [_feature(feature, f"feature {number}") for number, feature in enumerate(features)]
    if sum(1 for feature in parsed for _ in _positions(feature["geometry"]["coordinates"])) > MAX_POSITIONS:
        raise ValueError(f"annotations must have at most {MAX_POSITIONS} points together")
    return {"type": "FeatureCollection", "features": parsed}


def with_html(annotations: dict[str, Any]) -> dict[str, Any]:
    """Return annotations with each note as safe HTML beside it."""
    features = []
    for feature in annotations["features"]:
        properties = feature["properties"]
        if "note" in properties:
            properties = properties | {"note_html": render_markdown(properties["note"])}
        features.append(feature | {"properties": properties})
    return {"type": "FeatureCollection", "features": features}


def _feature(value: object, name: str) -> dict[str, Any]:
    feature = _object(value, f"{name} is no GeoJSON Feature")
    geometry = _object(feature.get("geometry"), f"{name} has no geometry")
    kind = geometry.get("type")
    if feature.get("type") != "Feature" or kind not in DEPTHS:
        raise ValueError(f"{name} must be a GeoJSON Feature of one of {', '.join(DEPTHS)}")
    coordinates = _checked(geometry.get("coordinates"), DEPTHS[kind], name)
    properties = _properties(feature.get("properties") or {}, name)
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _properties(value: object, name: str) -> dict[str, str]:
    properties = _object(value, f"the properties of {name} are an object")
    for key, longest in (("label", MAX_LABEL), ("note", MAX_NOTE), ("color", COLOUR_LENGTH)):
        text = properties.get(key, "")
        if not isinstance(text, str) or len(text) > longest:
            raise ValueError(f"{key} of {name} must be text of at most {longest} characters")
    colour = properties.get("color", "#000000")
    if len(colour) != COLOUR_LENGTH or colour[0] != "#" or any(c not in "0123456789abcdefABCDEF" for c in colour[1:]):
        raise ValueError(f"color of {name} must be like #1a9850")
    unknown = sorted(properties.keys() - {"label", "note", "color"})
    if unknown:
        raise ValueError(f"{name} has an unknown property {unknown[0]}; allowed are label, note and color")
    return cast("dict[str, str]", properties)


def _checked(value: object, depth: int, name: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"the coordinates of {name} do not fit its type")
    if depth:
        return [_checked(part, depth - 1, name) for part in value]
    numbers = [float(number) for number in value[:2] if type(number) in {int, float}]
    is_place = len(numbers) == 2 and all(map(math.isfinite, numbers))  # noqa: PLR2004
    if not is_place or not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):  # noqa: PLR2004
        raise ValueError(f"{name} has a point that is not [longitude, latitude] in degrees")
    return numbers


def _positions(value: list[Any]) -> Iterator[list[float]]:
    if value and isinstance(value[0], float):
        yield value
        return
    for part in value:
        yield from _positions(part)


def _object(value: object, told: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(told)  # noqa: TRY004  (pydantic's way to say it)
    return cast("dict[str, Any]", value)
