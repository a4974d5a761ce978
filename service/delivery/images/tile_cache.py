"""Rendered tiles in process memory, bounded in bytes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tiling.analysis.crop import Crop, CropFormat, MosaicBox
from tiling.archives.tile_format import TileFormat
from tiling.files.raster_source import RasterSource
from tiling.geometry.matrix_tile import Tile
from tiling.models import Bounds, ImageFormat, Profile, RenderedTile, TileAddress, TileSize
from tiling.mosaic import MosaicSource
from tiling.overlay import PLAIN, Finish
from tiling.render import RENDERER_VERSION
from tiling.watermark import Watermark

OVERHEAD = 1024
"""Bytes that an entry costs beside its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileKey:
    """All that a tile's bytes depend on: cache key, ETag and single-flight key in one."""

    source: RasterSource | MosaicSource
    address: Tile
    profile: Profile
    """As it is drawn, see `as_drawn`."""
    format: ImageFormat
    tilesize: TileSize
    finish: Finish = PLAIN
    style: bytes = field(init=False, repr=False, compare=False)
    """16 bytes of all but the address: the tiles of a map have it in common, and making it takes the longest."""
    digest: bytes = field(init=False, repr=False, compare=False)
    """Of all of it: made once, as a tile is looked up often and its fields take microseconds to hash."""

    def __post_init__(self) -> None:
        drawn = ("TileKey", self.source, self.profile, self.format, self.tilesize, self.finish)
        object.__setattr__(self, "style", hashlib.blake2b(repr(drawn).encode(), digest_size=16).digest())
        object.__setattr__(self, "digest", _digest_at(self.style, self.address))

    def __hash__(self) -> int:
        return hash(self.digest)

    def at(self, address: Tile) -> TileKey:
        """Return the key of another tile of the same map."""
        other = object.__new__(TileKey)
        for name in ("source", "profile", "format", "tilesize", "finish", "style"):
            object.__setattr__(other, name, getattr(self, name))
        object.__setattr__(other, "address", address)
        object.__setattr__(other, "digest", _digest_at(self.style, address))
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewKey:
    """All that a preview's bytes depend on."""

    source: RasterSource | MosaicSource
    profile: Profile
    """As it is drawn, see `as_drawn`."""
    format: ImageFormat
    max_size: int
    box: Bounds | None = None
    """Of a mosaic: what it shows, in unwrapped degrees."""
    finish: Finish = PLAIN
    credit: str = ""
    """Whom it is due to: written into its metadata."""

    @property
    def digest(self) -> bytes:
        """Of all of it."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureKey:
    """All that the bytes of a picture depend on which lies on no map."""

    source: RasterSource
    format: ImageFormat
    max_size: int
    watermark: Watermark | None = None
    """A text across it."""
    credit: str = ""
    """As that of a preview."""

    @property
    def digest(self) -> bytes:
        """Of all of it."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKey:
    """All that a crop's bytes depend on."""

    source: RasterSource | MosaicSource
    crop: Crop
    """Its profile is as it is drawn, see `as_drawn`."""
    place: MosaicBox | None = None
    """Of a mosaic: which part of it is shown; None for none."""
    credit: str = ""
    """As that of a preview."""

    @property
    def format(self) -> CropFormat:
        """How it is encoded."""
        return self.crop.format

    @property
    def digest(self) -> bytes:
        """Of all of it."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTileKey:
    """All that the bytes of a tile depend on that lies in an archive."""

    source: RasterSource
    address: TileAddress
    format: TileFormat
    is_gzip: bool = False
    """Whether features may be sent packed."""
    finish: Finish = PLAIN

    @property
    def digest(self) -> bytes:
        """Of all of it."""
        return _digest(self)


ImageKey = TileKey | PreviewKey | PictureKey | CropKey | StoredTileKey


@lru_cache(maxsize=4096)
def as_drawn(profile: Profile) -> Profile:
    """Return a profile without what no pixel depends on, so that links and items that draw alike share their tiles."""
    return replace(profile, id="any", label="any", labels=(), is_default=False)


def etag(key: ImageKey, secret: bytes) -> str:
    """Return the strong ETag (RFC 9110) of a tile; keyed, so that it reveals nothing of the file."""
    text = RENDERER_VERSION.encode() + key.digest
    return f'"{hashlib.blake2b(text, key=secret, digest_size=16).hexdigest()}"'


class TileCache:
    """The least recently used tiles go first. Also knows which tiles are empty."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._tiles: OrderedDict[bytes, RenderedTile] = OrderedDict()

    def get(self, key: ImageKey) -> RenderedTile | None:
        """Return a tile that was rendered before."""
        digest = key.digest
        tile = self._tiles.get(digest)
        if tile is not None:
            self._tiles.move_to_end(digest)
        return tile

    def put(self, key: ImageKey, tile: RenderedTile) -> None:
        """Keep a tile, unless it alone is larger than the cache."""
        if _size(tile) > self._max_bytes:
            return
        before = self._tiles.pop(key.digest, None)
        self._bytes += _size(tile) - (0 if before is None else _size(before))
        self._tiles[key.digest] = tile
        while self._bytes > self._max_bytes:
            self._bytes -= _size(self._tiles.popitem(last=False)[1])


def _digest(key: ImageKey) -> bytes:
    """Return 16 bytes that no other key has: a class's own repr names it and all of its fields."""
    return hashlib.blake2b(repr(key).encode(), digest_size=16).digest()


def _digest_at(style: bytes, address: Tile) -> bytes:
    return hashlib.blake2b(style + address.place, digest_size=16).digest()


def _size(tile: RenderedTile) -> int:
    return OVERHEAD + len(tile.body or b"")
