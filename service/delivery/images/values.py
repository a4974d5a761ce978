"""Values of what a link shares: of a place, and what they are like in a region.

A place is a few pixels, read in the render pool; what looks at all of a raster has the heavy lane.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from tiling.analysis.legend import Legend, legend_of
from tiling.analysis.legend_picture import draw_legend
from tiling.analysis.mosaic_values import MosaicView
from tiling.analysis.statistics import MAX_PIXELS, Statistics, read_mosaic_statistics, read_statistics
from tiling.analysis.values import Wanted, read_mosaic_point, read_point
from tiling.geometry.region import WGS84_CODE, box_region, lonlat
from tiling.geometry.zooms import pixels_at
from tiling.overlay import Finish
from tiling.paint import shows_file_palette

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.image_keys import ImageKeys
    from service.delivery.images.sources import Sources
    from service.delivery.pool.render_pool import RenderPool
    from service.identifiers import Flow
    from tiling.analysis.values import PlaceValues
    from tiling.geometry.clip import Clip
    from tiling.models import Bounds, Profile
    from tiling.mosaic import MosaicSource

PALETTE = "palette"
HAIR = 1e-9
"""Degrees: half the side of the box in which the rasters of a place are looked for."""


class Values:
    """Reads values. Each method raises Gone, SourceFailed, Unavailable, TimedOut and tiling's errors."""

    def __init__(self, sources: Sources, keys: ImageKeys, pool: RenderPool, heavy: HeavyLane) -> None:
        self._sources = sources
        self._keys = keys
        self._pool = pool
        self._heavy = heavy

    async def place(self, x: float, y: float, epsg: int, flow: Flow) -> tuple[float, float]:
        """Return longitude and latitude of a place in another coordinate system."""
        return (x, y) if epsg == WGS84_CODE else await self._pool.run(lambda: lonlat(x, y, epsg), flow)

    async def region(self, box: Bounds, epsg: int, flow: Flow) -> Clip:
        """Return a box in another coordinate system as a shape on Earth."""
        return await self._pool.run(lambda: box_region(box, epsg), flow)

    async def point(
        self, target: LinkTarget, profile: Profile, longitude: float, latitude: float, wanted: Wanted, flow: Flow
    ) -> PlaceValues | None:
        """Return the values at a place; None where no raster lies there."""
        if not isinstance(target, Collection):
            return await self._sources.read(
                target,
                lambda source: self._pool.run(
                    lambda: read_point(source, longitude, latitude, wanted, self._pool.deadline), flow
                ),
            )
        box = longitude - HAIR, latitude - HAIR, longitude + HAIR, latitude + HAIR
        mosaic = await self._mosaic(target, profile, box, None)
        return await self._pool.run(
            lambda: read_mosaic_point(mosaic, longitude, latitude, wanted, self._pool.deadline), flow
        )

    async def statistics(
        self,
        target: LinkTarget,
        profile: Profile,
        clip: Clip | None,
        wanted: Wanted,
        flow: Flow,
        *,
        finest: float | None = None,
    ) -> Statistics:
        """Return what values are like inside a clip, or everywhere; `finest` as `window_read.frame_of` has it."""
        if not isinstance(target, Collection):
            return await self._sources.read(
                target,
                lambda source: self._heavy.run(
                    partial(read_statistics, source, clip, wanted, finest=finest), [source], flow
                ),
            )
        footprint, maxzoom = target.extent.footprint, target.extent.maxzoom
        box = footprint if clip is None else clip.bounds_within(footprint) or footprint
        view = MosaicView.of(box, max(pixels_at(maxzoom), finest or 0.0), math.isqrt(MAX_PIXELS))
        mosaic = await self._mosaic(target, profile, box, clip)
        work = partial(read_mosaic_statistics, mosaic, view, clip, wanted)
        return await self._heavy.run(work, mosaic.sources, flow)

    async def legend(self, target: LinkTarget, profile: Profile, clip: Clip | None, flow: Flow) -> Legend:
        """Return what the colours of a profile mean. The file is read only where it alone has the answer."""
        if isinstance(target, Collection):
            mosaic = await self._keys.mosaic(
                target, profile, target.extent.footprint, 0, Finish(clip=clip), may_use_overview=False
            )
            parts = mosaic.parts
            source = parts[0].source if parts else None
        else:
            source = await self._sources.of(target)
        if source is not None and shows_file_palette(profile) and _may_have_palette(target):
            work = partial(legend_of, source, profile, clip)  # it looks which classes there are
            return await self._heavy.run(work, [source], flow)
        return await self._pool.run(lambda: legend_of(source, profile, clip), flow)

    async def legend_picture(self, target: LinkTarget, profile: Profile, clip: Clip | None, flow: Flow) -> bytes:
        """Return the same as a PNG."""
        legend = await self.legend(target, profile, clip, flow)
        return await self._pool.run(lambda: draw_legend(legend), flow)

    async def _mosaic(self, target: Collection, profile: Profile, box: Bounds, clip: Clip | None) -> MosaicSource:
        zoom = target.extent.maxzoom
        return await self._keys.mosaic(target, profile, box, zoom, Finish(clip=clip), may_use_overview=False)


def _may_have_palette(target: LinkTarget) -> bool:
    """Whether a raster has a colour table, as far as registering has seen."""
    raster = None if isinstance(target, Collection) else target.raster
    return raster is None or raster.bands[0].colorinterp == PALETTE
