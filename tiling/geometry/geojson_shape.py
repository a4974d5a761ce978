"""Where something lies, as GeoJSON has it: cut at 180°, each part within -180 to 180."""

from typing import Any, Final

import shapely
from shapely.affinity import translate

from tiling.geometry.clip import Clip
from tiling.geometry.scanline import polygons_of
from tiling.models import Bounds

HALF: Final = 180.0
TURN: Final = 360.0


def geojson_shape(box: Bounds, clip: Clip | None) -> dict[str, Any] | None:
    """Return what lies inside a box of unwrapped degrees, and inside a clip; None for nothing. Blocks."""
    whole = shapely.box(*box) if clip is None else clip.within(box)
    if whole is None:
        return None
    parts = []
    for turn in (-TURN, 0.0, TURN):
        west, _, east, _ = (side + turn for side in whole.bounds)
        if east > -HALF and west < HALF:
            moved = translate(whole, xoff=turn) if turn else whole
            is_inside = west >= -HALF and east <= HALF
            parts += polygons_of(moved if is_inside else moved.intersection(shapely.box(-HALF, -90.0, HALF, 90.0)))
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return dict(shapely.geometry.mapping(shape))


def geojson_bbox(box: Bounds) -> Bounds:
    """Return a box of unwrapped degrees as RFC 7946, 5.2 has it: one that crosses 180° has its west above its east."""
    west, south, east, north = box
    if east - west >= TURN:
        return -HALF, south, HALF, north
    return west, south, east - TURN if east > HALF else east, north
