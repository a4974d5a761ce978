"""What several rasters have in common: where they lie together, and by which profiles they all can be rendered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiling.expression import expression_bands, parse_expression
from tiling.geometry.footprint import Footprint
from tiling.geometry.zooms import TILE_PIXELS, WORLD, center_zoom, zoom_range
from tiling.models import Bounds, Profile, RasterDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where rasters lie together."""

    footprint: Bounds
    """Degrees, not wrapped: the narrowest box that holds them all; east is above 180 where it crosses 180°."""
    bounds: Bounds
    """Degrees, west < east always: what crosses 180° is given as -180 to 180."""
    center: tuple[float, float, int]
    """Longitude, latitude and zoom of a point that holds data, of the raster nearest to the middle."""
    minzoom: int
    """They cover most of one 256-pixel tile here."""
    maxzoom: int
    """The finest one's own resolution is reached here."""

    @property
    def box(self) -> Bounds:
        """The footprint, as of a `RasterDescription`."""
        return self.footprint


def union_extent(rasters: Sequence[RasterDescription]) -> Extent:
    """Return where some rasters, at least one, lie together."""
    together = union_footprint([raster.box for raster in rasters])
    finest = max(raster.maxzoom for raster in rasters)
    minzoom, maxzoom = zoom_range(together, WORLD / TILE_PIXELS / 2**finest)
    longitude, latitude = _central(together, rasters)
    return Extent(
        footprint=together.box,
        bounds=together.bounds,
        center=(longitude, latitude, center_zoom(minzoom, maxzoom)),
        minzoom=minzoom,
        maxzoom=maxzoom,
    )


def union_footprint(boxes: Sequence[Bounds]) -> Footprint:
    """Return the narrowest box around boxes, in unwrapped degrees: what is left out is the widest gap between them."""
    west, south, east, north = np.array(boxes, dtype=np.float64).T
    order = np.argsort(west, kind="stable")
    starts, reach = west[order], np.maximum.accumulate(east[order])
    around = reach[-1] - 360.0
    gaps = starts - np.maximum(np.append(around, reach[:-1]), around)
    widest = int(np.argmax(gaps))
    left, right = -180.0, 180.0
    if gaps[widest] > 0:
        left = float(starts[widest])
        right = left + 360.0 - float(gaps[widest])
    return Footprint(west=left, south=float(south.min()), east=right, north=float(north.max()))


def common_profiles(rasters: Sequence[tuple[RasterDescription, tuple[Profile, ...]]]) -> tuple[Profile, ...]:
    """Return the first raster's profiles whose id all the others have, too, and which fit all of them.

    Its stretch and colours are used for all, so that no seam shows; a raster's own nodata is left to it.
    """
    first = rasters[0][1]
    shared = set.intersection(*({profile.id for profile in profiles} for _, profiles in rasters))
    fitting = [
        replace(profile, nodata=None)
        for profile in first
        if profile.id in shared and all(profile_fits(profile, raster) for raster, _ in rasters)
    ]
    default = next((profile for profile in fitting if profile.is_default), fitting[0] if fitting else None)
    return tuple(replace(profile, is_default=profile is default) for profile in fitting)


def profile_fits(profile: Profile, raster: RasterDescription) -> bool:
    """Whether a raster has the bands of a profile, and a range that they can be stretched from."""
    bands = expression_bands(parse_expression(profile.expression)) if profile.expression else profile.bands
    if max(bands, default=1) > len(raster.bands):
        return False
    is_float = any(np.issubdtype(np.dtype(band.dtype), np.floating) for band in raster.bands)
    return bool(profile.rescale) or profile.algorithm is not None or not is_float


def _central(together: Footprint, rasters: Sequence[RasterDescription]) -> tuple[float, float]:
    """Return the raster's own centre that is nearest to the middle, in degrees."""
    centers = np.array([raster.center[:2] for raster in rasters])
    middle = (together.west + together.east) / 2, (together.south + together.north) / 2
    beside = (centers[:, 0] - middle[0] + 180.0) % 360.0 - 180.0
    nearest = rasters[int(np.argmin(np.hypot(beside, centers[:, 1] - middle[1])))]
    return nearest.center[:2]
