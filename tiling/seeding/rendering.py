"""Rendering tiles ahead: by the very function that renders them for whoever asks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pmtiles.tile import tileid_to_zxy

from tiling.budget import Deadline
from tiling.errors import OutOfTime, SourceChanged, SourceGone, SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, Profile, TileAddress, TileSize
from tiling.render import render_tile

LARGEST_TILE: Final = 2 * 2**20
"""Bytes of a tile that is kept."""
MOST_BYTES: Final = 32 * 2**20
"""Of tiles that are returned at once, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedStyle:
    """How tiles are drawn."""

    source: RasterSource
    profile: Profile
    format: ImageFormat
    tilesize: TileSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What some tiles took."""

    tiles: int
    bytes: int
    seconds: float


def render_some(style: SeedStyle, ids: Sequence[int], seconds: float, tile_seconds: float) -> list[bytes | None]:
    """Return the first of some tiles, at least one: as many as are ready after so many seconds. Blocks.

    Empty bytes: the tile is empty. None: it could not be rendered, within `tile_seconds` or at all.
    Raises SourceChanged, SourceGone, RasterRefused, ProfileInvalid.
    """
    began, size, bodies = time.monotonic(), 0, list[bytes | None]()
    for tile_id in ids:
        body = _render(style, tile_id, tile_seconds)
        bodies.append(body)
        size += len(body or b"")
        if size > MOST_BYTES or time.monotonic() - began > seconds:
            break
    return bodies


def sample(style: SeedStyle, ids: Sequence[int], seconds: float, tile_seconds: float) -> Sample:
    """Return what some tiles take, as far as they are ready in time. Blocks. Raises as `render_some`."""
    began = time.monotonic()
    bodies = render_some(style, ids, seconds, tile_seconds)
    size = sum(len(body or b"") for body in bodies)
    return Sample(tiles=len(bodies), bytes=size, seconds=time.monotonic() - began)


def _render(style: SeedStyle, tile_id: int, seconds: float) -> bytes | None:
    z, x, y = tileid_to_zxy(tile_id)
    address, deadline = TileAddress(z=z, x=x, y=y), Deadline(seconds)
    try:
        tile = render_tile(style.source, address, style.profile, style.format, style.tilesize, deadline=deadline)
    except (SourceChanged, SourceGone):
        raise
    except (OutOfTime, SourceUnreadable):
        return None
    body = tile.body or b""
    return body if len(body) <= LARGEST_TILE else None
