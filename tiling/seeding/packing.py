"""From a journal to an archive (PMTiles, version 3)."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from isal import isal_zlib
from pmtiles.tile import Compression, Entry, TileType
from pmtiles.writer import finalize_header

from tiling.errors import ContentRefused
from tiling.models import Bounds, ImageFormat
from tiling.seeding.journal import INDEX, RECORD, TILES, sizes_of

_TYPES: Final = {ImageFormat.PNG: TileType.PNG, ImageFormat.JPG: TileType.JPEG, ImageFormat.WEBP: TileType.WEBP}
_DEGREE: Final = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an archive says of itself."""

    format: ImageFormat
    bounds: Bounds
    """Degrees, west < east."""
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What came of it."""

    bytes: int
    tiles: int
    """That are in it: not empty, and rendered."""


def pack(folder: Path, name: str, count: int, about: About) -> Packed:
    """Write the journal of a folder, which has `count` tiles, into an archive beside it. Blocks.

    What lies in an archive twice is stored once. Raises ContentRefused where there is nothing to pack, or where the
    journal is not what was written; OSError.
    """
    with (folder / TILES).open("rb") as tiles, (folder / name).open("wb") as archive:
        os.fchmod(archive.fileno(), 0o600)
        records = np.fromfile(folder / INDEX, RECORD)
        if len(records) != count:
            raise ContentRefused("what was rendered is not on the disk")
        entries, firsts = _entries(tiles, records)
        if not entries:
            raise ContentRefused("no tile of this area shows anything")
        length = sum(size for _, size in firsts)
        shown = sum(entry.run_length for entry in entries)
        said: tuple[bytes, ...] = finalize_header(  # type: ignore[no-untyped-call]
            _header(about), shown, entries, len(firsts), about.metadata, clustered=True, tile_data_length=length
        )
        archive.write(b"".join(said))
        for offset, size in firsts:
            tiles.seek(offset)
            archive.write(tiles.read(size))
        archive.flush()
        os.fsync(archive.fileno())
        return Packed(bytes=archive.tell(), tiles=shown)


def _entries(tiles: BinaryIO, records: Any) -> tuple[list[Entry], list[tuple[int, int]]]:
    """Return the entries, and where each of what they lead to lies in the journal: offset and length."""
    entries, firsts, known, end = list[Entry](), list[tuple[int, int]](), dict[bytes, int](), 0
    for tile_id, body, offset in _bodies(tiles, records):
        digest = hashlib.blake2b(body, digest_size=16).digest()
        place = known.get(digest)
        if place is None:
            place = known[digest] = end
            firsts.append((offset, len(body)))
            end += len(body)
        last = entries[-1] if entries else None
        if last is not None and last.offset == place and last.tile_id + last.run_length == tile_id:
            last.run_length += 1
        else:
            entries.append(Entry(tile_id, place, len(body), 1))
    return entries, firsts


def _bodies(tiles: BinaryIO, records: Any) -> Iterator[tuple[int, bytes, int]]:
    offset = 0
    for tile_id, size, checksum in zip(
        records["tile_id"].tolist(), sizes_of(records).tolist(), records["checksum"].tolist(), strict=True
    ):
        if not size:
            continue
        body = tiles.read(size)
        if len(body) != size or isal_zlib.crc32(body) != checksum:
            raise ContentRefused("what was rendered is not on the disk as it was written")
        yield tile_id, body, offset
        offset += size


def _header(about: About) -> dict[str, Any]:
    west, south, east, north = (round(side * _DEGREE) for side in about.bounds)
    return {
        "tile_type": _TYPES[about.format],
        "tile_compression": Compression.NONE,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 0,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
