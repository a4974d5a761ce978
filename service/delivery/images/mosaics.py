"""From a collection to what a tile of it is rendered from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cachetools import LRUCache

from service.delivery.images.members import Members, part_of
from service.errors import Gone, SourceFailed
from tiling.models import PixelSelection
from tiling.mosaic import MAX_READS, MosaicPart, MosaicSource

if TYPE_CHECKING:
    from service.catalogue.collection import Collection
    from service.catalogue.collection_store import CollectionStore
    from service.delivery.images.overviews import Overview, Overviews
    from service.delivery.images.sources import Sources
    from service.identifiers import CollectionId
    from tiling.models import Bounds, Profile

IN_MEMORY = 100_000
"""Members of collections that are kept in memory, some 60 MB."""
READ_DIRECTLY = 4
"""Rasters that are read for a tile at any zoom, though there be an overview: so small mosaics are exact."""


class Mosaics:
    """Knows the members of the collections that were asked for last. They are read again when their version rises."""

    def __init__(self, collections: CollectionStore, sources: Sources, overviews: Overviews) -> None:
        self._collections = collections
        self._sources = sources
        self._overviews = overviews
        self._known: LRUCache[CollectionId, Members] = LRUCache(IN_MEMORY, getsizeof=lambda it: len(it.members) + 1)
        self._reading: dict[CollectionId, asyncio.Task[Members]] = {}

    async def source(
        self, collection: Collection, profile: Profile, bounds: Bounds, zoom: float, *, by_overview: bool = True
    ) -> MosaicSource:
        """Return what a box (degrees) of a collection is rendered from.

        `profile` as it is drawn; `zoom`: where tiles of 256 pixels have the picture's resolution; `by_overview`:
        whether the profile is worth an overview, and its colours are asked for. Raises Gone where no file is left of
        what the box shows, SourceFailed where none can be read now.
        """
        members = await self.members(collection)
        touching = members.index.touching(bounds)
        if collection.during is not None:  # an overview shows all times together
            touching = [at for at in touching if collection.during.meets(members.members[at].period)]
            by_overview = False
        overview = None
        if by_overview and len(touching) > READ_DIRECTLY:
            overview = self._overview(collection, members, profile, zoom, len(touching))
        files = () if overview is None else overview.files
        selection = collection.pixel_selection
        if overview is not None and (zoom <= overview.zoom or selection is not PixelSelection.FIRST):
            missing = len(overview.left_out.intersection(touching))
            return MosaicSource(
                parts=(), candidates=len(touching), unavailable=missing, overview=files, selection=selection
            )
        tried = [members.members[position] for position in touching[:MAX_READS]]
        found = await asyncio.gather(*(part_of(self._sources, member) for member in tried))
        parts = tuple(part for part in found if isinstance(part, MosaicPart))
        if tried and not parts:
            raise next(
                (failure for failure in found if isinstance(failure, SourceFailed)),
                Gone("target_gone", "The shared files are no longer there."),
            )
        unavailable = len(tried) - len(parts)
        return MosaicSource(
            parts=parts, candidates=len(touching), unavailable=unavailable, overview=files, selection=selection
        )

    async def prepare(self, collection: Collection, profile: Profile) -> None:
        """Begin to build the overview of a collection that is new or was changed, where it will be needed."""
        if collection.item_count > READ_DIRECTLY:
            self._overviews.of(collection, await self.members(collection), profile)

    async def members(self, collection: Collection) -> Members:
        """Return the members of a collection, of the version that its record names or a newer one."""
        known = self._known.get(collection.id)
        if known is not None and known.version >= collection.members_version:
            return known
        reading = self._reading.get(collection.id)
        if reading is None:
            reading = self._reading[collection.id] = asyncio.create_task(self._read(collection.id))
            reading.add_done_callback(lambda _: self._reading.pop(collection.id, None))
        return await asyncio.shield(reading)

    def _overview(
        self, collection: Collection, members: Members, profile: Profile, zoom: float, candidates: int
    ) -> Overview | None:
        """Return the overview where it is fine enough, or to be laid under those that are read of too many."""
        if zoom > self._overviews.zoom(collection) and candidates <= MAX_READS:
            return None
        return self._overviews.of(collection, members, profile)

    async def _read(self, collection_id: CollectionId) -> Members:
        found = await self._collections.members(collection_id)
        if found is None:
            raise Gone("target_gone", "What this link shared is no longer there.")
        known = Members(version=found[0], members=found[1])
        self._known[collection_id] = known
        return known
