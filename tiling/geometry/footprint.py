"""Where a raster lies on Earth, and how large its pixels are there."""

import math
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from tiling.errors import RasterRefused
from tiling.geometry.georeference import WEB_MERCATOR, Coordinates, pixel_to_lonlat, project
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds

MERCATOR_LATITUDE: Final = math.degrees(math.atan(math.sinh(math.pi)))
"""85.0511…°: where the square of web mercator ends."""

_EDGE_POINTS: Final = 65
_GRID_POINTS: Final = 33
MARGIN: Final = 0.01
"""Part of a footprint's size by which it is told to be larger, as its edge is walked along in steps."""


class Located(Protocol):
    """A tile of any grid."""

    @property
    def lonlat_bounds(self) -> Bounds:
        """West, south, east, north of a box in unwrapped degrees that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """A box in degrees (WGS 84), unwrapped: it may reach beyond 180° east, but never beyond 360° of width."""

    west: float
    """From -180, below 180."""
    south: float
    """From -90."""
    east: float
    """Above `west`; above 180 where the raster crosses the antimeridian."""
    north: float
    """To 90."""

    @property
    def bounds(self) -> Bounds:
        """West < east, within -180 to 180: a raster that crosses the antimeridian is all the way round."""
        return box_bounds(self.box)

    @property
    def box(self) -> Bounds:
        """The four numbers as they are."""
        return self.west, self.south, self.east, self.north

    def touches(self, address: Located) -> bool:
        """Whether a tile may hold pixels; a tile near the edge is rather told to touch than not."""
        west, south, east, north = address.lonlat_bounds
        dx, dy = MARGIN * (self.east - self.west), MARGIN * (self.north - self.south)
        if north < self.south - dy or south > self.north + dy:
            return False
        return any(west + turn <= self.east + dx and east + turn >= self.west - dx for turn in (-360.0, 0.0, 360.0))


def box_bounds(box: Bounds) -> Bounds:
    """Return the bounds of a box in unwrapped degrees: one that crosses the antimeridian is all the way round."""
    _, south, east, north = box
    return (-180.0, south, 180.0, north) if east > 180 else box  # noqa: PLR2004 - the antimeridian


def footprint_of(dataset: Any) -> Footprint:
    """Measure a dataset's footprint by walking along its edge. Raises RasterRefused where it has none."""
    steps = np.linspace(0.0, 1.0, _EDGE_POINTS)
    zero, one = np.zeros_like(steps), np.ones_like(steps)
    columns = np.concatenate([steps, one, steps[::-1], zero]) * dataset.width
    rows = np.concatenate([zero, steps, one, steps[::-1]]) * dataset.height
    lons, lats = pixel_to_lonlat(dataset, columns, rows)
    if not np.isfinite(lons).all():
        return _footprint_of_inside(dataset)
    unwrapped = np.unwrap(lons, period=360.0)
    if abs(unwrapped[-1] - unwrapped[0]) > 180.0:  # noqa: PLR2004 - the edge goes round a pole
        pole_is_north = bool(lats.mean() > 0)
        south, north = (float(lats.min()), 90.0) if pole_is_north else (-90.0, float(lats.max()))
        return _footprint(-180.0, south, 180.0, north)
    return _footprint(float(unwrapped.min()), float(lats.min()), float(unwrapped.max()), float(lats.max()))


def pixel_size(dataset: Any) -> float:
    """Return the length of a source pixel's side in EPSG:3857 metres, at the raster's middle (or near it)."""
    column, row = dataset.width / 2, dataset.height / 2
    lats = pixel_to_lonlat(dataset, np.array([column]), np.array([row]))[1]
    if not np.isfinite(lats).all() or abs(lats[0]) > MERCATOR_LATITUDE:
        column, row = _a_place_in_mercator(dataset)
    xs, ys = project(dataset, np.array([column, column + 1, column]), np.array([row, row, row + 1]), WEB_MERCATOR)
    turn = 2 * math.pi * EARTH_RADIUS
    across = (xs[1:] - xs[0] + turn / 2) % turn - turn / 2  # one of them may lie beyond 180 degrees
    area = abs(across[0] * (ys[2] - ys[0]) - across[1] * (ys[1] - ys[0]))
    if not math.isfinite(area) or area <= 0:
        raise RasterRefused("its pixels have no size on the map")
    return float(math.sqrt(area))


def _a_place_in_mercator(dataset: Any) -> tuple[float, float]:
    columns, rows = _inside(dataset)
    lons, lats = pixel_to_lonlat(dataset, columns, rows)
    usable = np.flatnonzero(np.isfinite(lons) & (np.abs(lats) < MERCATOR_LATITUDE))
    if usable.size == 0:
        raise RasterRefused("it lies outside the map: beyond 85.05° of latitude")
    nearest = usable[np.argmin(np.abs(lats[usable]))]
    return float(columns[nearest]), float(rows[nearest])


def _footprint_of_inside(dataset: Any) -> Footprint:
    lons, lats = pixel_to_lonlat(dataset, *_inside(dataset))
    usable = np.isfinite(lons) & np.isfinite(lats)
    if not usable.any():
        raise RasterRefused("its coordinate system cannot be turned into longitude and latitude")
    west, east = narrowest(lons[usable])
    return _footprint(west, float(lats[usable].min()), east, float(lats[usable].max()))


def narrowest(lons: Coordinates) -> tuple[float, float]:
    """Return west and east of the narrowest span that holds all longitudes: what is left without the widest gap."""
    around = np.sort((lons + 180.0) % 360.0 - 180.0)
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    west = float(around[(widest + 1) % around.size])
    return west, west + 360.0 - float(gaps[widest])


def _footprint(west: float, south: float, east: float, north: float) -> Footprint:
    turn = 360.0 * math.floor((west + 180.0) / 360.0)
    width = min(east - west, 360.0)
    west = -180.0 if width >= 360.0 else west - turn  # noqa: PLR2004 - a full turn
    return Footprint(west=west, south=max(south, -90.0), east=west + width, north=min(north, 90.0))


def _inside(dataset: Any) -> tuple[Coordinates, Coordinates]:
    return lattice((0.0, 0.0, dataset.width, dataset.height), _GRID_POINTS)


def lattice(box: Bounds, steps: int) -> tuple[Coordinates, Coordinates]:
    """Return x and y of `steps` times `steps` places of a box, edges included, row by row from its bottom."""
    left, bottom, right, top = box
    xs, ys = np.meshgrid(np.linspace(left, right, steps), np.linspace(bottom, top, steps))
    return xs.ravel(), ys.ravel()
