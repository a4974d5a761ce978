"""From a collection to the rasters that a tile of it shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cachetools import LRUCache

from service.errors import Gone, SourceFailed
from tiling.footprints import FootprintIndex
from tiling.mosaic import MAX_READS, MosaicPart, MosaicSource

if TYPE_CHECKING:
    from service.catalogue.collection import Collection, Member
    from service.catalogue.collection_store import CollectionStore
    from service.delivery.sources import Sources
    from service.identifiers import CollectionId, ItemId
    from tiling.models import Bounds

IN_MEMORY = 100_000
"""Members of collections that are kept in memory, some 60 MB."""


@dataclass(frozen=True, kw_only=True)
class Members:
    """The members of a collection at one version, never changed: read once, then found by where they lie or by id."""

    version: int
    members: tuple[Member, ...]

    @cached_property
    def index(self) -> FootprintIndex:
        """Where they lie."""
        return FootprintIndex([member.footprint for member in self.members])

    @cached_property
    def by_id(self) -> dict[ItemId, Member]:
        """By item."""
        return {member.item_id: member for member in self.members}

    def touching(self, bounds: Bounds) -> list[Member]:
        """Return those that a box (degrees) may show, in order."""
        return [self.members[position] for position in self.index.touching(bounds)]


class Mosaics:
    """Knows the members of the collections that were asked for last. They are read again when their version rises."""

    def __init__(self, collections: CollectionStore, sources: Sources) -> None:
        self._collections = collections
        self._sources = sources
        self._known: LRUCache[CollectionId, Members] = LRUCache(IN_MEMORY, getsizeof=lambda it: len(it.members) + 1)
        self._reading: dict[CollectionId, asyncio.Task[Members]] = {}

    async def source(self, collection: Collection, bounds: Bounds | None = None) -> MosaicSource:
        """Return what a box (degrees) of a collection shows, or all of it.

        Raises Gone where no file is left of it, SourceFailed where none can be read now.
        """
        members = await self.members(collection)
        touching = list(members.members) if bounds is None else members.touching(bounds)
        tried = touching[:MAX_READS]
        found = await asyncio.gather(*(self._part(member) for member in tried))
        parts = tuple(part for part in found if isinstance(part, MosaicPart))
        if tried and not parts:
            raise next(
                (failure for failure in found if isinstance(failure, SourceFailed)),
                Gone("target_gone", "The shared files are no longer there."),
            )
        return MosaicSource(parts=parts, candidates=len(touching), unavailable=len(tried) - len(parts))

    async def members(self, collection: Collection) -> Members:
        """Return the members of a collection, of the version that its record tells or a newer one."""
        known = self._known.get(collection.id)
        if known is not None and known.version >= collection.members_version:
            return known
        reading = self._reading.get(collection.id)
        if reading is None:
            reading = self._reading[collection.id] = asyncio.create_task(self._read(collection.id))
            reading.add_done_callback(lambda _: self._reading.pop(collection.id, None))
        return await asyncio.shield(reading)

    async def _read(self, collection_id: CollectionId) -> Members:
        found = await self._collections.members(collection_id)
        if found is None:
            raise Gone("target_gone", "What this link shared is no longer there.")
        known = Members(version=found[0], members=found[1])
        if len(known.members) < IN_MEMORY:
            self._known[collection_id] = known
        return known

    async def _part(self, member: Member) -> MosaicPart | Gone | SourceFailed:
        try:
            return MosaicPart(source=await self._sources.of(member), nodata=member.nodata)
        except (Gone, SourceFailed) as failure:
            return failure
