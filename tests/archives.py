"""PMTiles archives for tests, honest ones by the `pmtiles` package and lying ones by hand."""

from __future__ import annotations

import gzip
import io
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from pmtiles.tile import Compression, Entry, TileType, serialize_directory, serialize_header, zxy_to_tileid
from pmtiles.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Place = tuple[int, int, int]

LAYER = {"id": "roads", "description": "Roads", "minzoom": 0, "maxzoom": 3, "fields": {"name": "String"}}
METADATA: dict[str, Any] = {"name": "Roads", "attribution": "<b>© Makers</b>", "vector_layers": [LAYER]}
BOUNDS = (-10.0, -20.0, 30.0, 40.0)


def vector_tile(name: str = "roads") -> bytes:
    """Return a Mapbox vector tile with one point, in a layer of this name (at most some letters)."""
    label = name.encode()
    feature = b"\x18\x01" + b"\x22\x05" + bytes((9, 0x80, 0x20, 0x80, 0x20))
    body = b"\x78\x02\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(feature)]) + feature + b"\x28\x80\x20"
    return b"\x1a" + bytes([len(body)]) + body


def picture(kind: str = "PNG", size: int = 256, color: tuple[int, int, int] = (200, 30, 60)) -> bytes:
    """Return an encoded picture of one colour."""
    file = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), color, np.uint8)).save(file, kind)
    return file.getvalue()


def write_archive(
    path: Path,
    tiles: Mapping[Place, bytes],
    *,
    kind: TileType = TileType.MVT,
    compression: Compression = Compression.GZIP,
    metadata: Mapping[str, Any] = METADATA,
    bounds: tuple[float, float, float, float] = BOUNDS,
) -> Path:
    """Write an archive as everybody does. Tiles are compressed here where they are to be."""
    west, south, east, north = (round(side * 1e7) for side in bounds)
    with path.open("wb") as file:
        writer = Writer(file)
        for tile_id, data in sorted((zxy_to_tileid(*place), data) for place, data in tiles.items()):
            writer.write_tile(tile_id, gzip.compress(data, mtime=0) if compression is Compression.GZIP else data)
        header = {
            "tile_type": kind,
            "tile_compression": compression,
            "min_lon_e7": west,
            "min_lat_e7": south,
            "max_lon_e7": east,
            "max_lat_e7": north,
            "center_zoom": 1,
            "center_lon_e7": (west + east) // 2,
            "center_lat_e7": (south + north) // 2,
        }
        writer.finalize(header, dict(metadata))
    return path


def vector_archive(path: Path, *, maxzoom: int = 3) -> Path:
    """Write an archive of vector tiles: all of each zoom, but for the one in the last corner."""
    tiles = {
        (z, x, y): vector_tile(f"t{z}{x}{y}"[:8])
        for z in range(maxzoom + 1)
        for x in range(2**z)
        for y in range(2**z)
        if z == 0 or (x, y) != (2**z - 1, 2**z - 1)
    }
    return write_archive(path, tiles)


def raster_archive(path: Path, *, kind: TileType = TileType.PNG) -> Path:
    """Write an archive of pictures, zooms 0 and 1."""
    encoded = picture({TileType.JPEG: "JPEG"}.get(kind, kind.name))
    places = ((0, 0, 0), (1, 0, 0), (1, 1, 0))
    return write_archive(
        path,
        dict.fromkeys(places, encoded),
        kind=kind,
        compression=Compression.NONE,
        metadata={},
        bounds=(-180, -85, 180, 85),
    )


def lying_archive(
    path: Path,
    *,
    root: bytes | list[Entry] | None = None,
    leaves: bytes = b"",
    tiles: bytes = b"x" * 100,
    metadata: bytes | None = None,
    **header: Any,
) -> Path:
    """Write an archive out of parts, none of which need be true."""
    if root is None:
        root = [Entry(0, 0, 10, 1)]
    packed = root if isinstance(root, bytes) else serialize_directory(root)
    about = gzip.compress(json.dumps(METADATA).encode()) if metadata is None else metadata
    at = 127 + len(packed)
    said = {
        "root_offset": 127,
        "root_length": len(packed),
        "metadata_offset": at,
        "metadata_length": len(about),
        "leaf_directory_offset": at + len(about),
        "leaf_directory_length": len(leaves),
        "tile_data_offset": at + len(about) + len(leaves),
        "tile_data_length": len(tiles),
        "clustered": True,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.NONE,
        "tile_type": TileType.MVT,
        "min_zoom": 0,
        "max_zoom": 3,
    }
    path.write_bytes(serialize_header({**said, **header}) + packed + about + leaves + tiles)
    return path


def varints(*numbers: int) -> bytes:
    """Return numbers as a directory has them."""
    found = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            found.append(rest & 0x7F | 0x80)
            rest >>= 7
        found.append(rest)
    return bytes(found)


def bomb(size: int) -> bytes:
    """Return gzip that unpacks to so many zeros."""
    return gzip.compress(bytes(size), mtime=0)


def set_byte(path: Path, place: int, value: int) -> None:
    """Change a byte of a file."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(struct.pack("B", value))
