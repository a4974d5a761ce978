"""Tiles of a real raster: what is stored of them can be held against a render."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import morecantile

from service.delivery.images.tile_cache import TileKey, as_drawn
from service.delivery.images.tiles import render_images
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, Profile, ProfileKind, RenderedTile, TileAddress

if TYPE_CHECKING:
    from tiling.models import TileSize

RASTER = RasterSource(path=str(Path(__file__).parents[3] / "data" / "RGB.byte.tif"), version="1")
BOUNDS = (-78.96, 23.56, -76.57, 25.55)
PROFILE = as_drawn(Profile(id="any", label="any", kind=ProfileKind.RGB, bands=(1, 2, 3)))
ZOOMS = range(7, 13)
SIZES: tuple[TileSize, ...] = (256, 512)


def _addresses() -> list[TileAddress]:
    tiles = morecantile.tms.get("WebMercatorQuad").tiles(*BOUNDS, zooms=list(ZOOMS))
    return [TileAddress(z=tile.z, x=tile.x, y=tile.y) for tile in tiles]


KEYS = tuple(
    TileKey(source=RASTER, address=address, profile=PROFILE, format=image_format, tilesize=size)
    for address, image_format, size in product(_addresses(), ImageFormat, SIZES)
)
"""Some thousands, among them some where the raster shows nothing."""


@cache
def render(key: TileKey) -> RenderedTile:
    """Render as a worker does. Blocks."""
    (image,) = render_images([key])
    assert isinstance(image, RenderedTile), image
    return image
