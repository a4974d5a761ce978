"""The areas of links, made ready to cut images with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachetools import LRUCache

from tiling.clip import Clip

if TYPE_CHECKING:
    from service.identifiers import LinkId
    from service.links.link import Link

IN_MEMORY = 500
"""Areas that are kept; the largest take about a megabyte each."""


class Areas:
    """Makes the clip of a link's area once for each version of the link."""

    def __init__(self) -> None:
        self._known: LRUCache[tuple[LinkId, int], Clip] = LRUCache(IN_MEMORY)

    def of(self, link: Link) -> Clip | None:
        """Return what limits a link; None where nothing does. Raises ClipInvalid, rather than to show all."""
        if link.area is None:
            return None
        name = (link.id, link.version)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = Clip.of(link.area)
        return known
