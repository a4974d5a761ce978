"""What registering finds out of archives of tiles and of features, and whether a file still is what it was then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cachetools import LRUCache

from service.delivery.heavy.lane import TooHeavy
from service.delivery.images.tiles import translated
from service.errors import BadInput, SourceFailed, TimedOut
from tiling.archives.tileset import TilesetDescription, inspect_archive, looks_like_archive
from tiling.errors import ContentRefused, SourceUnreadable, TilingError
from tiling.features.geojson import FeaturesDescription, inspect_features

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.catalogue.item import Item
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.sources import Sources
    from service.delivery.pool.render_pool import RenderPool
    from service.identifiers import Flow
    from tiling.files.raster_source import RasterSource

T = TypeVar("T", TilesetDescription, FeaturesDescription)

CHECKED = 1000
"""Versions of files that were checked since they were registered."""


class Datasets:
    """Looks at strangers' files in processes of the heavy lane."""

    def __init__(self, sources: Sources, pool: RenderPool, heavy: HeavyLane) -> None:
        self._sources = sources
        self._pool = pool
        self._heavy = heavy
        self._checked: LRUCache[RasterSource, bool] = LRUCache(CHECKED)

    async def is_archive(self, root: str, path: str, flow: Flow) -> bool:
        """Whether a file begins as PMTiles archives do; not what cannot be read. Raises BadInput, Unavailable."""
        source = await self._sources.look(root, path)
        try:
            return await self._pool.run(partial(looks_like_archive, source), flow)
        except SourceUnreadable:
            return False

    async def inspect_archive(self, root: str, path: str, flow: Flow) -> TilesetDescription:
        """Look at an archive once, for registering. Raises BadInput with the reason why it is refused, SourceFailed."""
        return await self._inspect(root, path, inspect_archive, flow)

    async def inspect_features(self, root: str, path: str, flow: Flow) -> FeaturesDescription:
        """Check features once, for registering. Raises BadInput with the reason why they are refused, SourceFailed."""
        return await self._inspect(root, path, inspect_features, flow)

    async def check_features(self, item: Item, known: FeaturesDescription, flow: Flow) -> str:
        """Check the file of an item again where it was replaced; return the version that was checked.

        Raises BadInput where it is gone, SourceFailed, Unavailable.
        """
        source = await self._sources.look(item.root, item.path)
        if source.version == known.version or source in self._checked:
            return source.version
        try:
            await self._heavy.run(partial(inspect_features, source), [source], flow)
        except ContentRefused as exc:
            detail = "The shared file is no GeoJSON that can be shown any more; its owner has to mend it."
            raise SourceFailed("source_unreadable", detail) from exc
        except TilingError as exc:
            raise translated(exc) from exc
        self._checked[source] = True
        return source.version

    async def _inspect(self, root: str, path: str, inspect: Callable[[RasterSource], T], flow: Flow) -> T:
        source = await self._sources.look(root, path)
        try:
            return await self._heavy.run(partial(inspect, source), [source], flow)
        except ContentRefused as exc:
            raise BadInput("field_invalid", f"The file cannot be shown on a map: {exc}.", field="path") from exc
        except (TimedOut, TooHeavy) as exc:
            raise BadInput("field_invalid", f"The file cannot be shown on a map: {exc.detail}", field="path") from exc
        except TilingError as exc:
            raise translated(exc) from exc
