"""What a seed will take, from some of its tiles."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from service.delivery.images.seeds.seed import count_of
from service.errors import BadInput
from tiling.files.raster_source import RasterSource
from tiling.seeding.rendering import SeedStyle, sample
from tiling.seeding.spans import tile_ids

if TYPE_CHECKING:
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.seeds.seed import Wish
    from service.delivery.images.tile_cache import TileKey
    from service.identifiers import Flow

MOST_TILES = 1_000_000
"""Of one seed: its directory is made in memory."""
SAMPLED = 16
SAMPLE_SECONDS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What rendering all of it will take, about."""

    tiles: int
    """Exactly: empty ones too."""
    bytes: int
    minutes: float
    """Of one processor core that has nothing else to do."""


def require_few(wish: Wish) -> int:
    """Return how many tiles a seed has. Raises BadInput where it has too many."""
    count = count_of(wish.spans)
    if count > MOST_TILES:
        detail = f"These are {count:,} tiles, and a seed has at most {MOST_TILES:,}: lower maxzoom, or give a bbox."
        raise BadInput("field_invalid", detail, field="maxzoom")
    return count


async def estimate(lane: HeavyLane, key: TileKey, wish: Wish, tile_seconds: float, flow: Flow) -> Estimate:
    """Render some tiles that lie far from each other. Raises BadInput, and as the lane and rendering do."""
    count = require_few(wish)
    if not isinstance(key.source, RasterSource):
        raise TypeError("an item is one raster")
    some = await asyncio.to_thread(_some_of, wish, count)
    style = SeedStyle(source=key.source, profile=key.profile, format=key.format, tilesize=key.tilesize)
    work = partial(sample, style, some, SAMPLE_SECONDS, tile_seconds)
    seen = await lane.run(work, [key.source], flow)
    each = count / max(seen.tiles, 1)
    return Estimate(tiles=count, bytes=round(seen.bytes * each), minutes=seen.seconds * each / 60)


def _some_of(wish: Wish, count: int) -> list[int]:
    """Return tiles that lie far from each other, those far in first: most tiles are. Blocks."""
    chosen = np.linspace(0, count - 1, min(count, SAMPLED)).astype(np.int64)
    found: list[int] = tile_ids(wish.spans)[chosen][::-1].tolist()
    return found
