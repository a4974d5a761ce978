"""Overviews of collections: built behind the backs of those who look, used for tiles that show many rasters."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from cachetools import LRUCache
from sqlalchemy.exc import SQLAlchemyError

from service.delivery.images.members import part_of
from service.delivery.images.overview_files import OverviewFiles, OverviewName
from service.errors import SourceFailed, TilegateError
from service.identifiers import OURS, CollectionId
from tiling.errors import TilingError
from tiling.mosaic import MosaicPart
from tiling.overview import MAX_SIDE, OverviewPlan, Stopped, build_overview, overview_ranges, overview_zoom
from tiling.render import RENDERER_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from service.catalogue.collection import Collection
    from service.catalogue.collection_store import CollectionStore
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.members import Members
    from service.delivery.images.sources import Sources
    from tiling.files.raster_source import RasterSource
    from tiling.models import PixelSelection, Profile
    from tiling.overview import TileRange

LOOK_AGAIN_SECONDS = 60.0
"""For so long an overview is used before its rasters are looked at again, whether their files changed."""
RETRY_SECONDS = 5.0
"""Until what another worker builds, or what failed, is looked for again."""
IN_MEMORY = 1000
OVERVIEW_SECONDS = 900.0
"""In which one must be built."""
OVERVIEW_QUEUE = 10_000
"""That may wait to be built."""

logger = logging.getLogger(__name__)
Key = tuple[CollectionId, "Profile", "PixelSelection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An overview that can be used."""

    files: tuple[RasterSource, ...]
    zoom: int
    """Tiles of 256 pixels up to this zoom lose nothing by it."""
    left_out: frozenset[int]
    """Positions of the rasters that are not in it, as they could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    members_version: int
    overview: Overview | None
    look_again_at: float

    def is_of(self, members: Members) -> bool:
        return self.members_version == members.version


class Overviews:
    """Builds one at a time, in a lane of its own. Fails open: without one, tiles keep to their budget.

    A collection that changed has none until its new one is built; files that were replaced are seen after a minute.
    """

    def __init__(
        self,
        folder: Path,
        collections: CollectionStore,
        sources: Sources,
        lane: HeavyLane,
        *,
        max_bytes: int,
        max_side: int = MAX_SIDE,
    ) -> None:
        self._files = OverviewFiles(folder, max_bytes)
        self._collections = collections
        self._sources = sources
        self._lane = lane
        self._is_on = max_bytes > 0
        self._max_side = max_side
        self._known: LRUCache[Key, _Known] = LRUCache(IN_MEMORY)
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._stop = threading.Event()

    async def __aenter__(self) -> Self:
        """Return itself; what it builds ends with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give up what is being built; a thread stops after the tile that it is at."""
        self._stop.set()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def zoom(self, collection: Collection) -> int:
        """Return the zoom up to which an overview of the collection is as good as its rasters."""
        return overview_zoom(collection.extent, self._max_side)

    def of(self, collection: Collection, members: Members, profile: Profile) -> Overview | None:
        """Return the overview of a profile (as it is drawn) if there is one; else see to it that there will be."""
        key = (collection.id, profile, collection.pixel_selection)
        known = self._known.get(key)
        is_due = known is None or not known.is_of(members) or time.monotonic() >= known.look_again_at
        if is_due and key not in self._tasks and self._is_on:
            task = self._tasks[key] = asyncio.create_task(self._look(key, collection, members))
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return self._known_overview(collection, members, profile)

    async def remove(self, collection_id: CollectionId) -> None:
        """Remove the files of a collection that was deleted."""
        await asyncio.to_thread(self._files.remove, collection_id)

    async def sweep(self) -> None:
        """Remove the files of collections that are no longer there: deleted elsewhere, or while we were away."""
        try:
            for name in await asyncio.to_thread(self._files.collections):
                collection = await self._collections.get(CollectionId(name))
                if collection is None or collection.deleted_at is not None:
                    await self.remove(CollectionId(name))
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("old overviews not looked for: %s", type(exc).__name__)

    def _known_overview(self, collection: Collection, members: Members, profile: Profile) -> Overview | None:
        known = self._known.get((collection.id, profile, collection.pixel_selection))
        return known.overview if known is not None and known.is_of(members) else None

    async def _look(self, key: Key, collection: Collection, members: Members) -> None:
        """Find the overview, or build it."""
        overview = None
        with suppress(Stopped):
            try:
                overview = await self._find_or_build(collection, members, key[1])
            except (TilingError, TilegateError, OSError) as exc:
                logger.warning("overview of %s not built: %s", collection.id, type(exc).__name__)
        seconds = RETRY_SECONDS if overview is None else LOOK_AGAIN_SECONDS
        self._known[key] = _Known(
            members_version=members.version, overview=overview, look_again_at=time.monotonic() + seconds
        )

    async def _find_or_build(self, collection: Collection, members: Members, profile: Profile) -> Overview | None:
        found_parts = [await part_of(self._sources, member) for member in members.members]
        if any(isinstance(part, SourceFailed) and part.code != "quarantined" for part in found_parts):
            return self._known_overview(collection, members, profile)  # its storage is away: nothing is made of that
        parts = [part if isinstance(part, MosaicPart) else None for part in found_parts]
        ranges = overview_ranges(collection.extent, self._max_side)
        name = OverviewName(
            collection_id=collection.id,
            look=_digest(profile, collection.pixel_selection),
            content=_digest(
                RENDERER_VERSION,
                profile,
                collection.pixel_selection,
                parts,
                ranges,
                [member.footprint for member in members.members],
            ),
        )
        found = await asyncio.to_thread(self._files.find, name, len(ranges))
        if found is None:
            plan = OverviewPlan(parts=parts, index=members.index, profile=profile, selection=collection.pixel_selection)
            if not await self._build(name, ranges, plan):
                return None
            found = await asyncio.to_thread(self._files.find, name, len(ranges))
        if found is None:
            return None
        return Overview(files=found[0], zoom=ranges[0].zoom, left_out=found[1])

    async def _build(self, name: OverviewName, ranges: tuple[TileRange, ...], plan: OverviewPlan) -> bool:
        """Build the files, unless somebody else is at it; return whether they are there."""
        sources = [part.source for part in plan.parts if part is not None]
        is_remote = any(source.remote is not None for source in sources)
        with self._files.being_built(name, len(ranges)) as files:
            if files is None:
                return False
            for file, tiles in zip(files, ranges, strict=True):
                if file is None:
                    continue
                build = partial(build_overview, file.unfinished, tiles, plan)  # a process is ended, a thread must look
                await self._lane.run(partial(build, self._check) if is_remote else build, sources, OURS)
                file.unfinished.replace(file.path)
        await asyncio.to_thread(self._files.trim, name)
        return True

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped


def _digest(*values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=10).hexdigest()
