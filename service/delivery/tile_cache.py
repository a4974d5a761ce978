"""Rendered tiles in process memory, bounded in bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

from tiling.models import ImageFormat, Profile, RasterSource, RenderedTile, TileAddress, TileSize
from tiling.render import RENDERER_VERSION

if TYPE_CHECKING:
    from collections.abc import Hashable

OVERHEAD = 1024
"""Bytes that an entry costs beside its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileKey:
    """All that a tile's bytes depend on: cache key, ETag and single-flight key in one."""

    source: RasterSource
    address: TileAddress
    profile: Profile
    format: ImageFormat
    tilesize: TileSize


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewKey:
    """All that a preview's bytes depend on."""

    source: RasterSource
    profile: Profile
    format: ImageFormat
    max_size: int


ImageKey = TileKey | PreviewKey


def etag(key: ImageKey, secret: bytes) -> str:
    """Return the strong ETag (RFC 9110) of a tile; keyed, so that it tells nothing of the file."""
    text = f"{RENDERER_VERSION}|{key!r}".encode()
    return f'"{hashlib.blake2b(text, key=secret, digest_size=16).hexdigest()}"'


class TileCache:
    """The least recently used tiles go first. Also knows which tiles are empty."""

    def __init__(self, max_bytes: int) -> None:
        self._tiles: LRUCache[Hashable, RenderedTile] = LRUCache(max(max_bytes, 1), getsizeof=_size)

    def get(self, key: ImageKey) -> RenderedTile | None:
        """Return a tile that was rendered before."""
        return self._tiles.get(key)

    def put(self, key: ImageKey, tile: RenderedTile) -> None:
        """Keep a tile, unless it alone is larger than the cache."""
        if _size(tile) <= self._tiles.maxsize:
            self._tiles[key] = tile


def _size(tile: RenderedTile) -> int:
    return OVERHEAD + len(tile.body or b"")
