"""What texts and pictures hold, and what registering must find out about them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cachetools import LRUCache

from service.delivery.heavy.lane import TooHeavy
from service.delivery.images.tiles import translated
from service.errors import BadInput, SourceFailed, TimedOut
from tiling.errors import ContentRefused, TilingError
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import read_text
from tiling.pictures import PictureDescription, inspect_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.catalogue.item import Item
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.sources import Sources
    from service.delivery.pool.render_pool import RenderPool
    from service.identifiers import Flow

T = TypeVar("T", str, PictureDescription)

CHARACTERS_IN_MEMORY = 16 * 2**20


class Contents:
    """Reads small files in the pool, as they are now: what was read is kept by the version of its file."""

    def __init__(self, sources: Sources, pool: RenderPool, heavy: HeavyLane) -> None:
        self._sources = sources
        self._pool = pool
        self._heavy = heavy
        self._known: LRUCache[RasterSource, str | PictureDescription] = LRUCache(CHARACTERS_IN_MEMORY, _size)

    async def inspect_picture(self, root: str, path: str, flow: Flow) -> PictureDescription:
        """Look at a picture once, for registering. Raises BadInput with the reason why it is refused, SourceFailed."""
        return await self._inspect(root, path, inspect_picture, flow)

    async def inspect_text(self, root: str, path: str, flow: Flow) -> str:
        """Read a text once, for registering. Raises BadInput with the reason why it is refused, SourceFailed."""
        return await self._inspect(root, path, read_text, flow)

    async def picture(self, item: Item, flow: Flow) -> PictureDescription:
        """Describe the picture of an item. Raises Gone `target_gone`, SourceFailed, Unavailable."""
        found = await self._read(item, inspect_picture, flow)
        if isinstance(found, str):
            raise _unreadable()
        return found

    async def text(self, item: Item, flow: Flow) -> str:
        """Return the text of an item's file. Raises Gone `target_gone`, SourceFailed, Unavailable."""
        found = await self._read(item, read_text, flow)
        if not isinstance(found, str):
            raise _unreadable()
        return found

    async def _inspect(self, root: str, path: str, read: Callable[[RasterSource], T], flow: Flow) -> T:
        source = await self._sources.look(root, path)
        try:
            return await self._heavy.run(partial(read, source), [source], flow)
        except ContentRefused as exc:
            raise BadInput("field_invalid", f"The file cannot be shown: {exc}.", field="path") from exc
        except (TimedOut, TooHeavy) as exc:
            raise BadInput("field_invalid", f"The file cannot be shown: {exc.detail}", field="path") from exc
        except TilingError as exc:
            raise translated(exc) from exc

    async def _read(self, item: Item, read: Callable[[RasterSource], T], flow: Flow) -> str | PictureDescription:
        async def known_or_read(source: RasterSource) -> str | PictureDescription:
            found = self._known.get(source)
            if found is None:
                found = self._known[source] = await self._pool.run(lambda: read(source), flow)
            return found

        try:
            return await self._sources.read(item, known_or_read)
        except TilingError as exc:
            raise translated(exc) from exc


def _size(content: str | PictureDescription) -> int:
    return len(content) + 100 if isinstance(content, str) else 100


def _unreadable() -> SourceFailed:
    return SourceFailed(
        "source_unreadable",
        "The shared file is no longer of the kind that it was registered as; its owner has to register it again.",
    )
