"""The members of a collection, found by where they lie or by id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from service.errors import Gone, SourceFailed
from tiling.geometry.footprints import FootprintIndex
from tiling.mosaic import MosaicPart

if TYPE_CHECKING:
    from service.catalogue.collection import Member
    from service.delivery.images.sources import Sources
    from service.identifiers import ItemId


@dataclass(frozen=True, kw_only=True)
class Members:
    """The members of a collection at one version: never changed, read once."""

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

    @cached_property
    def times(self) -> tuple[str, ...]:
        """When that was which they show, in order, each once."""
        return tuple(sorted({str(member.period) for member in self.members if member.period is not None}))


async def part_of(sources: Sources, member: Member) -> MosaicPart | Gone | SourceFailed:
    """Return a member as its file is now, or what is wrong with it."""
    try:
        return MosaicPart(source=await sources.of(member), nodata=member.nodata)
    except (Gone, SourceFailed) as failure:
        return failure
