"""What is remembered of the addresses of maps and of their tiles, letter by letter, within a bound."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tiling.errors import TileAddressInvalid
from tiling.models import TileAddress

if TYPE_CHECKING:
    from service.delivery.images.tile_cache import TileKey
    from service.links.admission import Admission
    from service.links.passes import Grant, Pass
    from service.metering.charges import Charge

K = TypeVar("K")
V = TypeVar("V")

TILES, MAPS = 10_000, 2_000
LONGEST_ADDRESS = 512
"""Characters: with the above it bounds the memory, some 20 MB."""
ADDRESS = re.compile(r"/s/([^/?]+)/(0|[1-9]\d?)/(0|[1-9]\d{0,9})/(0|[1-9]\d{0,9})([@.].*)", re.ASCII)
"""The token, z, x, y, and what is the same for all tiles of a map: size, format and query."""


@dataclass(slots=True, kw_only=True)
class KnownMap:
    """What the address of a tile said when it was read, but for which tile it is, and by which records."""

    opened: Pass
    key: TileKey
    """Of any of its tiles."""
    link_version: int
    target_version: int
    grant: Grant
    """Renewed when the records are."""

    def holds_for(self, admission: Admission) -> bool:
        """Whether the address says the same today: profile, area and file follow from these two records."""
        return admission.link.version == self.link_version and admission.target.version == self.target_version


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTile:
    """A tile of a known map that was sent before under the very same address."""

    address: str
    map: KnownMap
    key: TileKey
    etag: str
    charge: Charge
    """For the tile from the cache."""


class KnownMaps:
    """Maps, by what the addresses of their tiles have in common, and tiles, by theirs; the least recently used go."""

    def __init__(self) -> None:
        self.tiles: OrderedDict[str, KnownTile] = OrderedDict()
        """By address."""
        self.maps: OrderedDict[tuple[str, str], KnownMap] = OrderedDict()
        """By token and rest of the address."""

    def map_of(self, address: str) -> tuple[KnownMap, TileAddress] | None:
        """Return the map that an address belongs to, and which of its tiles that is."""
        found = _read(address)
        known = self.maps.get(found[0]) if found else None
        if found is None or known is None:
            return None
        self.maps.move_to_end(found[0])
        return known, found[1]

    def add_map(self, address: str, known: KnownMap) -> bool:
        """Remember the map of a tile's address; return whether the address says the tile that its key does."""
        found = _read(address)
        if found is None or found[1] != known.key.address:
            return False
        _put(self.maps, found[0], known, MAPS)
        return True

    def add_tile(self, tile: KnownTile) -> None:
        """Remember a tile, or that it was used."""
        _put(self.tiles, tile.address, tile, TILES)


def _read(address: str) -> tuple[tuple[str, str], TileAddress] | None:
    """Return what the addresses of a map's tiles have in common, and which tile it is; None for any other address."""
    found = ADDRESS.fullmatch(address)
    if found is None or len(address) > LONGEST_ADDRESS:
        return None
    token, z, x, y, rest = found.groups()
    try:
        return (token, rest), TileAddress(z=int(z), x=int(x), y=int(y))
    except TileAddressInvalid:
        return None


def _put(memory: OrderedDict[K, V], name: K, value: V, most: int) -> None:
    memory[name] = value
    memory.move_to_end(name)
    if len(memory) > most:
        memory.popitem(last=False)
