"""Rasters in object stores, at the version that was seen last: looked at now and then, and not while a tile waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from cachetools import LRUCache

from service.catalogue.storage.remote_folder import RETRY_AFTER, NoSuchObject, RemoteObject
from service.errors import Gone, SourceFailed, TilegateError
from tiling.files.raster_source import RasterSource
from tiling.files.remote import RemoteChanged, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.catalogue.storage.remote_folder import RemoteFolder
    from service.catalogue.storage.roots import StorageRoots
    from tiling.files.range_cache import RangeCache
    from tiling.files.rooted_file import RootedFile

IN_MEMORY = 10_000
IDLE_FACTOR = 6
"""An object that nobody looked at for so many intervals is looked at before it is used again."""
URGENT_SECONDS = 1.0
"""How often a store is asked again that was silent, or of whose object no usable version is known."""

Place = tuple[str, str]
"""Root and path."""


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of one object."""

    source: RasterSource | None = None
    """The version that was seen last; None while none was."""
    gone: bool = False
    seen_at: float = float("-inf")
    """When the store last reported it."""
    tried_at: float = float("-inf")
    """When it was last asked, in vain or not."""
    is_outdated: bool = False
    """Whether a read has shown that there is another version."""
    look: asyncio.Task[None] | None = field(default=None, repr=False)
    """The look that runs now."""


class RemoteSources:
    """Answers from memory and looks again behind the answer, at most once in `recheck` seconds for an object.

    A caller waits for a look only where nothing is known, nobody asked for long, or a read has shown that the object
    was replaced. A store that does not answer is forgiven for `grace` seconds, in which cached tiles are sent on.
    """

    def __init__(
        self,
        roots: StorageRoots,
        cache: RangeCache,
        *,
        recheck: float,
        grace: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._cache = cache
        self._recheck = recheck
        self._grace = grace
        self._now = now
        self._known: LRUCache[Place, Known] = LRUCache(IN_MEMORY)

    async def of(self, place: Place) -> RasterSource:
        """Return an object's source. Raises Gone `target_gone`, SourceFailed."""
        known = self._known.setdefault(place, Known())
        self._look_if_due(place, known)
        if known.look is not None and self._must_wait(known):
            await asyncio.shield(known.look)
        return self._source(known)

    def source(self, root: str, found: RemoteObject, known: Known | None = None) -> RasterSource:
        """Return the source of an object that was just looked at. `known` hears where a read shows another version."""
        folder = self._roots.remote(root)
        if folder is None:
            raise KeyError(root)
        path = f"{root}:{found.path}"
        fetch = partial(_fetch, folder, found, known)
        name = f"{path}|{found.version}"
        file = RemoteFile(name=name, size=found.size, fetch=fetch, cache=self._cache, patience=folder.seconds)
        return RasterSource(path=path, version=found.version, remote=file)

    def _source(self, known: Known) -> RasterSource:
        if known.gone:
            raise Gone("target_gone", "The shared file is no longer there.")
        if known.source is None or known.is_outdated or self._is_beyond_grace(known):
            detail = "The storage of the shared raster cannot be read; try again in a few seconds."
            raise SourceFailed("source_unreadable", detail, retry_after=RETRY_AFTER)
        return known.source

    def _is_beyond_grace(self, known: Known) -> bool:
        return known.tried_at > known.seen_at and self._now() - known.seen_at > self._grace

    def _must_wait(self, known: Known) -> bool:
        is_idle = self._now() - known.tried_at > IDLE_FACTOR * self._recheck
        is_new = known.source is None and not known.gone
        return is_new or known.is_outdated or is_idle

    def _look_if_due(self, place: Place, known: Known) -> None:
        if known.look is not None:
            return
        folder = self._roots.remote(place[0])
        is_new = known.source is None and not known.gone
        is_urgent = is_new or known.is_outdated or (folder is not None and folder.is_silent)
        if self._now() - known.tried_at > (min(URGENT_SECONDS, self._recheck) if is_urgent else self._recheck):
            known.look = asyncio.create_task(self._look(place, known))

    async def _look(self, place: Place, known: Known) -> None:
        try:
            found = await self._roots.find(*place)
            self._learn(place, known, found)
        except NoSuchObject:
            known.gone, known.source, known.seen_at = True, None, self._now()
        except TilegateError:
            known.tried_at = self._now()  # raised where it matters, and logged by the folder
        else:
            known.gone, known.is_outdated, known.seen_at = False, False, self._now()
        finally:
            known.tried_at, known.look = max(known.tried_at, known.seen_at), None

    def _learn(self, place: Place, known: Known, found: RootedFile | RemoteObject) -> None:
        if isinstance(found, RemoteObject) and (known.source is None or known.source.version != found.version):
            known.source = self.source(place[0], found, known)


def _fetch(folder: RemoteFolder, wanted: RemoteObject, known: Known | None, start: int, stop: int) -> bytes:
    """Read for a render, in its thread, and take note where the object was replaced. Blocks."""
    try:
        return folder.fetch(wanted, start, stop)
    except RemoteChanged:
        if known is not None and known.source is not None and known.source.version == wanted.version:
            known.is_outdated = True
        raise
