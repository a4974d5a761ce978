"""From an item to the file that is read: inside its root, at its present version."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.catalogue.remote_folder import RemoteObject
from service.delivery.remote_sources import RemoteSources
from service.errors import BadInput, Gone
from tiling.models import RasterSource

if TYPE_CHECKING:
    from service.catalogue.collection import Member
    from service.catalogue.item import Item
    from service.catalogue.roots import StorageRoots
    from tiling.range_cache import RangeCache

LOOK_AGAIN_SECONDS = 1
IN_MEMORY = 10_000
RECHECK_SECONDS = 10.0
GRACE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What was found on the disk, and how long that is believed."""

    source: RasterSource
    until: float


class Sources:
    """Finds items' files. Looks at the disk at most once a second for each: a replaced file is noticed that soon.

    `cache`, `recheck` and `grace` are for what lies in object stores, as `RemoteSources` has them.
    """

    def __init__(
        self,
        roots: StorageRoots,
        cache: RangeCache,
        *,
        recheck: float = RECHECK_SECONDS,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._roots = roots
        self._remote = RemoteSources(roots, cache, recheck=recheck, grace=grace)
        self._known: OrderedDict[tuple[str, str], _Look] = OrderedDict()
        """In the order in which they were looked at."""

    async def of(self, item: Item | Member) -> RasterSource:
        """Return the source of an item. Raises Gone `target_gone`, SourceFailed."""
        place = (item.root, item.path)
        if self._roots.remote(item.root) is not None:
            return await self._remote.of(place)
        known = self._known.get(place)
        if known is not None and time.monotonic() < known.until:
            return known.source
        source = await asyncio.to_thread(self.locate, *place)
        self._known.pop(place, None)
        self._known[place] = _Look(source=source, until=time.monotonic() + LOOK_AGAIN_SECONDS)
        if len(self._known) > IN_MEMORY:
            self._known.popitem(last=False)
        return source

    async def look(self, root: str, path: str) -> RasterSource:
        """Return a file's source as it is in this moment. Raises BadInput with the field at fault, SourceFailed."""
        found = await self._roots.find(root, path)
        if isinstance(found, RemoteObject):
            return self._remote.source(root, found)
        return RasterSource.beneath(found)

    def at_hand(self, item: Item | Member) -> RasterSource | None:
        """Return the source of an item where it was looked at a moment ago."""
        place = (item.root, item.path)
        known = self._known.get(place)
        if known is not None:
            return known.source if time.monotonic() < known.until else None
        return self._remote.at_hand(place) if self._roots.remote(item.root) is not None else None

    def locate(self, root: str, path: str) -> RasterSource:
        """Look on the disk. Blocks. Raises Gone `target_gone`."""
        try:
            return RasterSource.beneath(self._roots.look(root, path))
        except BadInput as exc:
            raise Gone("target_gone", "The shared file is no longer there.") from exc
