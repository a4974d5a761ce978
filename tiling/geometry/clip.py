"""Shapes on Earth: what may be shown of rasters, and what somebody asks for."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from shapely.affinity import translate

from tiling.geometry.crossings import MAX_CROSSINGS, cross_too_often
from tiling.geometry.footprint import box_bounds
from tiling.geometry.grid import Grid
from tiling.geometry.grid_places import lonlats
from tiling.geometry.scanline import Coordinates, Edges, Mask, edges_of, inside, polygons_of
from tiling.geometry.union import Extent
from tiling.geometry.zooms import WORLD, mercator_y
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds

Polygons = Sequence[Sequence[Sequence[tuple[float, float]]]]
"""Of each polygon its rings, the border first; of each ring its points, longitude and latitude."""
TURN: Final = 360.0
_TURNS: Final = (-TURN, 0.0, TURN)
_RIGHT_ANGLE: Final = 90.0
_AROUND: Final = (-1e-6, -1e-6, 1e-6, 1e-6)
"""Degrees by which a shape is cut wider than the places that are asked for."""


class ClipInvalid(ValueError):
    """The polygons are none. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Polygons in degrees (WGS 84), longitudes within -180 to 180, made ready to cut images with.

    Their edges are straight lines in degrees (RFC 7946, 3.1.1), and so curves in web mercator: pixels are judged by the
    longitude and latitude of their centres.
    """

    digest: str
    """Two clips with the same one are the same."""
    shape: Any = field(repr=False, compare=False)
    """shapely's geometry: a valid Polygon or MultiPolygon."""
    edges: Edges = field(repr=False, compare=False)

    @classmethod
    def of(cls, polygons: Polygons) -> "Clip":
        """Make one of polygons, which may overlap. Raises ClipInvalid. Blocks: up to half a second."""
        parts = [_polygon(rings) for rings in polygons]
        if len(parts) > 1 and cross_too_often(edges_of(shapely.GeometryCollection(parts))):
            raise ClipInvalid(f"its polygons cross each other more than {MAX_CROSSINGS:,} times; unite them first")
        return cls.of_shape(shapely.unary_union(parts))

    @classmethod
    def of_shape(cls, shape: Any) -> "Clip":
        """Make one of a shapely geometry. Raises ClipInvalid where it has no area."""
        parts = polygons_of(shape)
        if not parts or not sum(part.area for part in parts) > 0:
            raise ClipInvalid("it has no area")
        whole = shapely.MultiPolygon(parts)
        digest = hashlib.blake2b(shapely.to_wkb(whole), digest_size=16).hexdigest()
        return cls(digest=digest, shape=whole, edges=edges_of(whole))

    def overlap(self, other: "Clip | None") -> "Clip | None":
        """Return what both hold; None where that is nothing. Raises ClipInvalid. Blocks: up to half a second."""
        if other is None:
            return self
        if cross_too_often(self.edges, other.edges):
            raise ClipInvalid(f"its border crosses the shared area's more than {MAX_CROSSINGS:,} times; simplify it")
        try:
            return Clip.of_shape(self.shape.intersection(other.shape))
        except ClipInvalid:
            return None

    def mask(self, grid: Grid) -> Mask:
        """Tell which pixels of a grid have their centre inside. One in web mercator may reach beyond 180°."""
        if not grid.is_mercator:
            return self._mask_of(*lonlats(grid))
        left, _, _, top = grid.bounds
        lons = np.degrees((left + (np.arange(grid.width) + 0.5) * grid.pixel_size) / EARTH_RADIUS)
        ys = top - (np.arange(grid.height) + 0.5) * grid.pixel_height
        return self.mask_at(lons, np.degrees(np.arctan(np.sinh(ys / EARTH_RADIUS))))

    def _mask_of(self, lons: Coordinates, lats: Coordinates) -> Mask:
        """Tell which places lie inside: (h, w) each, NaN for none."""
        known = np.isfinite(lons)
        if not known.any():
            return known
        box = lons[known].min(), lats[known].min(), lons[known].max(), lats[known].max()
        part = shapely.MultiPolygon(self._part(0.0, tuple(np.add(box, _AROUND))))
        shapely.prepare(part)  # a shape of this call alone: GEOS does not prepare one for several threads
        return np.asarray(shapely.contains_xy(part, lons, lats))

    def mask_at(self, lons: Coordinates, lats: Coordinates) -> Mask:
        """Tell which places lie inside, (lats, lons): of ascending unwrapped longitudes and descending latitudes."""
        lats = lats[::-1]
        first, last = (math.floor((lon + TURN / 2) / TURN) for lon in (lons[0], lons[-1]))
        masks = [inside(self.edges, lons - turn * TURN, lats) for turn in range(first, last + 1)]
        return np.asarray(np.logical_or.reduce(masks)[::-1])

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a place lies inside, or on the border."""
        return bool(shapely.intersects_xy(self.shape, _wrapped(longitude), latitude))

    def meets(self, box: Bounds) -> bool:
        """Whether a box, in degrees that may be unwrapped, has a part inside."""
        return any(self.shape.intersects(shapely.box(*_moved(box, turn))) for turn in _TURNS)

    def within(self, box: Bounds) -> Any | None:
        """Return the part inside a box in unwrapped degrees, unwrapped as it is; None where that is nothing."""
        parts = [polygon for turn in _TURNS for polygon in self._part(turn, box)]
        return shapely.MultiPolygon(parts) if parts else None

    def _part(self, turn: float, box: Bounds) -> list[Any]:
        """Return the part inside a box of the shape, moved by some degrees. What need not be cut is not."""
        west, south, east, north = _moved(self.shape.bounds, turn)
        if west >= box[2] or east <= box[0] or south >= box[3] or north <= box[1]:
            return []
        moved = translate(self.shape, xoff=turn) if turn else self.shape
        if west >= box[0] and south >= box[1] and east <= box[2] and north <= box[3]:
            return polygons_of(moved)
        quick = shapely.clip_by_rect(
            moved, *box
        )  # a hundredth of the time, but it may leave a ring that touches itself
        return polygons_of(quick if quick.is_valid else moved.intersection(shapely.box(*box)))

    def bounds_within(self, box: Bounds) -> Bounds | None:
        """Return the bounds of what lies inside a box in unwrapped degrees; None where that is nothing."""
        part = self.within(box)
        return None if part is None else _bounds(part)

    def extent(self, *, footprint: Bounds, center: tuple[float, float, int], maxzoom: int) -> Extent | None:
        """Return what is to be told of rasters' part inside, and no more; None where nothing of them lies inside.

        `footprint` in unwrapped degrees, `center` and `maxzoom` as `Extent` has them, are those of the rasters.
        """
        part = self.within(footprint)
        if part is None:
            return None
        footprint = _bounds(part)
        longitude, latitude, zoom = center
        if not self.holds(longitude, latitude):
            middle = part.representative_point()
            longitude, latitude = _wrapped(middle.x), middle.y
        minzoom = min(max(math.floor(math.log2(WORLD / _side(footprint))), 0), maxzoom)
        return Extent(
            footprint=footprint,
            bounds=box_bounds(footprint),
            center=(longitude, latitude, min(max(zoom, minzoom), maxzoom)),
            minzoom=minzoom,
            maxzoom=maxzoom,
        )


def box_clip(box: Bounds) -> Clip:
    """Return a box in degrees; one whose west is greater than its east crosses 180°. Raises ClipInvalid."""
    west, south, east, north = box
    if west <= east:
        return Clip.of_shape(shapely.box(west, south, east, north))
    return Clip.of_shape(
        shapely.MultiPolygon([shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)])
    )


def _polygon(rings: Sequence[Sequence[tuple[float, float]]]) -> Any:
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise ClipInvalid(f"it is not valid: {shapely.is_valid_reason(polygon).lower()}")
    return polygon


def _moved(box: Bounds, degrees: float) -> Bounds:
    west, south, east, north = box
    return west + degrees, south, east + degrees, north


def _wrapped(longitude: float) -> float:
    return longitude if -TURN / 2 <= longitude <= TURN / 2 else (longitude + TURN / 2) % TURN - TURN / 2


def _bounds(shape: Any) -> Bounds:
    west, south, east, north = shape.bounds
    return west, max(south, -_RIGHT_ANGLE), east, min(north, _RIGHT_ANGLE)


def _side(box: Bounds) -> float:
    """Return the longer side of a box in web mercator, in metres, at least one."""
    west, south, east, north = box
    return max(math.radians(east - west) * EARTH_RADIUS, mercator_y(north) - mercator_y(south), 1.0)
