"""From an item to the file that is read: inside its root, at its present version."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cachetools import TTLCache

from service.catalogue.roots import file_version
from service.errors import BadInput, Gone
from tiling.models import RasterSource

if TYPE_CHECKING:
    from service.catalogue.collection import Member
    from service.catalogue.item import Item
    from service.catalogue.roots import StorageRoots

LOOK_AGAIN_SECONDS = 1
IN_MEMORY = 10_000


class Sources:
    """Finds items' files. Looks at the disk at most once a second for each: a replaced file is noticed that soon."""

    def __init__(self, roots: StorageRoots) -> None:
        self._roots = roots
        self._known: TTLCache[tuple[str, str], RasterSource] = TTLCache(IN_MEMORY, LOOK_AGAIN_SECONDS)

    async def of(self, item: Item | Member) -> RasterSource:
        """Return the source of an item. Raises Gone `target_gone`."""
        known = self._known.get((item.root, item.path))
        if known is None:
            known = await asyncio.to_thread(self.locate, item.root, item.path)
            self._known[item.root, item.path] = known
        return known

    def at_hand(self, item: Item | Member) -> RasterSource | None:
        """Return the source of an item where it was looked at a moment ago."""
        return self._known.get((item.root, item.path))

    def locate(self, root: str, path: str) -> RasterSource:
        """Look on the disk. Blocks. Raises Gone `target_gone`."""
        try:
            found = self._roots.locate(root, path)
        except BadInput as exc:
            raise Gone("target_gone", "The shared file is no longer there.") from exc
        return RasterSource(path=str(found), version=file_version(found))
