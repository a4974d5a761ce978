"""The areas of links, made ready to cut images with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cachetools import LRUCache

from tiling.geometry.clip import Clip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.catalogue.collection import LinkTarget
    from service.delivery.pool.cpu_pool import CpuPool
    from service.identifiers import LinkId
    from service.links.link import Link
    from tiling.geometry.union import Extent
    from tiling.models import Bounds, RasterDescription

Center: TypeAlias = tuple[float, float, int]

IN_MEMORY = 500
"""Areas that are kept; the largest take about a megabyte each."""
EXTENTS = 20_000


class Areas:
    """Makes the clip of a link's area once for each version of the link, and what it leaves of each target once.

    Both take up to tenths of a second: `prepare` makes them in a thread, and the rest finds them.
    """

    def __init__(self, cpu: CpuPool) -> None:
        self._cpu = cpu
        self._known: LRUCache[tuple[LinkId, int], Clip] = LRUCache(IN_MEMORY)
        self._extents: LRUCache[tuple[str, Bounds, Center, int], Extent | None] = LRUCache(EXTENTS)

    async def prepare(self, link: Link, targets: Iterable[LinkTarget] = ()) -> None:
        """Make what `of` and `extent` return for a link and its targets. Raises ClipInvalid, Unavailable, TimedOut."""
        if link.area is None:
            return
        if (link.id, link.version) not in self._known:
            self._known[link.id, link.version] = await self._cpu.run(Clip.of, link.area)
        clip = self._known[link.id, link.version]
        extents = [target.extent for target in targets if target.extent is not None]
        missing = [extent for extent in extents if _name(clip, extent) not in self._extents]
        if missing:
            made = await self._cpu.run(lambda: [clip_extent(clip, extent) for extent in missing])
            self._extents.update(zip((_name(clip, extent) for extent in missing), made, strict=True))

    def of(self, link: Link) -> Clip | None:
        """Return what limits a link; None where nothing does. Raises ClipInvalid, rather than to show all."""
        if link.area is None:
            return None
        name = (link.id, link.version)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = Clip.of(link.area)
        return known

    def extent(self, link: Link, extent: Extent | RasterDescription) -> Extent | RasterDescription | None:
        """Return what a link's area leaves of an extent, the whole where it has none; None for nothing."""
        clip = self.of(link)
        if clip is None:
            return extent
        name = _name(clip, extent)
        if name not in self._extents:
            self._extents[name] = clip_extent(clip, extent)
        return self._extents[name]


def clip_extent(clip: Clip, extent: Extent | RasterDescription) -> Extent | None:
    """Return what a clip leaves of an extent; None for nothing. Blocks."""
    return clip.extent(footprint=extent.box, center=extent.center, maxzoom=extent.maxzoom)


def _name(clip: Clip, extent: Extent | RasterDescription) -> tuple[str, Bounds, Center, int]:
    return clip.digest, extent.box, extent.center, extent.maxzoom
