"""From an item to the file that is read: inside its root, at its present version."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from service.catalogue.storage.remote_folder import RemoteObject
from service.delivery.images.remote_sources import RemoteSources
from service.errors import BadInput, Gone, SourceFailed
from service.recently_used import RecentlyUsed
from tiling.errors import SourceChanged
from tiling.files.raster_source import RasterSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.catalogue.collection import Member
    from service.catalogue.item import Item
    from service.catalogue.storage.roots import StorageRoots
    from tiling.files.range_cache import RangeCache

T = TypeVar("T")

LOOK_AGAIN_SECONDS = 1
IN_MEMORY = 10_000
RECHECK_SECONDS = 10.0
GRACE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What was found on the disk, and how long that is believed."""

    source: RasterSource
    until: float


def _all_may_be_read(_: RasterSource) -> None:
    """Refuse nothing."""


class Sources:
    """Finds items' files. Looks at the disk at most once a second for each: a replaced file is noticed that soon.

    `cache`, `recheck` and `grace` are for what lies in object stores, as `RemoteSources` has them. `check` raises
    SourceFailed for what must not be read (`Quarantine.check`).
    """

    def __init__(
        self,
        roots: StorageRoots,
        cache: RangeCache,
        *,
        recheck: float = RECHECK_SECONDS,
        grace: float = GRACE_SECONDS,
        check: Callable[[RasterSource], None] = _all_may_be_read,
    ) -> None:
        self._roots = roots
        self._check = check
        self._remote = RemoteSources(roots, cache, recheck=recheck, grace=grace)
        self._known: RecentlyUsed[tuple[str, str], _Look] = RecentlyUsed(IN_MEMORY)

    async def of(self, item: Item | Member) -> RasterSource:
        """Return the source of an item. Raises Gone `target_gone`, SourceFailed."""
        source = await self.found(item)
        self._check(source)
        return source

    def cached(self, item: Item | Member) -> RasterSource | None:
        """Return what `of` would, where the file was looked at a moment ago; else None. Raises SourceFailed."""
        source = self._seen((item.root, item.path))
        if source is not None:
            self._check(source)
        return source

    async def read(self, item: Item | Member, work: Callable[[RasterSource], Awaitable[T]]) -> T:
        """Return what `work` makes of an item's source; of the next one, where its file was replaced since the look.

        Raises as `of`, and what `work` raises.
        """
        try:
            return await work(await self.of(item))
        except SourceChanged:
            self.look_again(item)
        return await work(await self.of(item))

    def look_again(self, item: Item | Member) -> None:
        """Believe no longer what was found of an item's file, which was replaced; object stores notice themselves."""
        self._known.pop((item.root, item.path), None)

    async def may_be_read(self, item: Item | Member) -> bool:
        """Whether nothing forbids reading an item's file; also where it is gone or unavailable."""
        try:
            self._check(await self.found(item))
        except SourceFailed as exc:
            return exc.code != "quarantined"
        except Gone:
            return True
        return True

    async def found(self, item: Item | Member) -> RasterSource:
        """Return the source of an item, whether it may be read or not. Raises as `of`."""
        place = (item.root, item.path)
        if self._roots.remote(item.root) is not None:
            return await self._remote.of(place)
        source = self._seen(place)
        if source is None:
            source = await asyncio.to_thread(self.locate, *place)
            self._known.keep(place, _Look(source=source, until=time.monotonic() + LOOK_AGAIN_SECONDS))
        return source

    def _seen(self, place: tuple[str, str]) -> RasterSource | None:
        known = self._known.find(place)
        return known.source if known is not None and time.monotonic() < known.until else None

    async def look(self, root: str, path: str) -> RasterSource:
        """Return a file's source as it is in this moment. Raises BadInput with the field at fault, SourceFailed."""
        found = await self._roots.find(root, path)
        source = self._remote.source(root, found) if isinstance(found, RemoteObject) else RasterSource.beneath(found)
        self._check(source)
        return source

    def locate(self, root: str, path: str) -> RasterSource:
        """Look on the disk. Blocks. Raises Gone `target_gone`."""
        try:
            return RasterSource.beneath(self._roots.look(root, path))
        except BadInput as exc:
            raise Gone("target_gone", "The shared file is no longer there.") from exc
