"""Tiles and previews: the caches, then single flight, then the bounded pool."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from cachetools import TTLCache

from service.catalogue.collection import Collection
from service.delivery.renders import Outcome, Renders
from service.delivery.tile_cache import ImageKey, PictureKey, PreviewKey, TileKey, as_drawn
from service.errors import BadInput, Gone, SourceFailed, TilegateError
from tiling.errors import ProfileInvalid, RasterRefused, SourceChanged, SourceGone, TilingError
from tiling.inspect import inspect_raster
from tiling.mosaic import MosaicSource, render_mosaic, render_mosaic_preview
from tiling.pictures import render_picture
from tiling.png import encode_palette_png
from tiling.render import box_grid, render_preview, render_tile
from tiling.zooms import TILE_PIXELS, WORLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import LinkTarget
    from service.catalogue.item import Item
    from service.delivery.mosaics import Mosaics
    from service.delivery.pool import RenderPool
    from service.delivery.shared_tiles import SharedTiles
    from service.delivery.sources import Sources
    from service.delivery.tile_cache import TileCache
    from tiling.models import (
        Bounds,
        ImageFormat,
        Profile,
        RasterDescription,
        RasterSource,
        RenderedTile,
        TileAddress,
        TileSize,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A rendered image, and whether it came from the cache."""

    tile: RenderedTile
    cached: bool


INCOMPLETE_SECONDS = 5
"""For so long a tile is kept that does not show all it should: the rest may be there by then."""
INCOMPLETE_TILES = 256
EARTH: Bounds = (-180.0, -90.0, 180.0, 90.0)


class Tiles:
    """Renders on behalf of links. The same image asked for many times at once is rendered once."""

    def __init__(
        self,
        sources: Sources,
        mosaics: Mosaics,
        cache: TileCache,
        pool: RenderPool,
        *,
        shared: SharedTiles | None = None,
        metatile: int = 1,
    ) -> None:
        self._sources = sources
        self._mosaics = mosaics
        self._cache = cache
        self._incomplete: TTLCache[ImageKey, RenderedTile] = TTLCache(INCOMPLETE_TILES, INCOMPLETE_SECONDS)
        self._pool = pool
        self._shared = shared
        self._renders = Renders(pool, render_images, self._keep, side=metatile)

    async def tile_key(
        self, target: LinkTarget, address: TileAddress, profile: Profile, image_format: ImageFormat, tilesize: TileSize
    ) -> TileKey:
        """Return the key of a tile as the files are now. Raises Gone `target_gone`."""
        source: RasterSource | MosaicSource
        drawn = as_drawn(profile)
        if isinstance(target, Collection):
            zoom = address.z + math.log2(tilesize / TILE_PIXELS)
            source = await self._mosaics.source(target, drawn, address.lonlat_bounds, zoom)
        else:
            source = await self._sources.of(target)
        return TileKey(source=source, address=address, profile=drawn, format=image_format, tilesize=tilesize)

    async def preview_key(
        self, target: LinkTarget, profile: Profile, image_format: ImageFormat, max_size: int
    ) -> PreviewKey:
        """Return the key of a preview as the files are now. Raises Gone `target_gone`."""
        drawn = as_drawn(profile)
        if isinstance(target, Collection):
            box = target.extent.footprint
            zoom = math.log2(WORLD / TILE_PIXELS / box_grid(box, max_size).pixel_size)
            mosaic = await self._mosaics.source(target, drawn, box, zoom)
            return PreviewKey(source=mosaic, profile=drawn, format=image_format, max_size=max_size, box=box)
        source = await self._sources.of(target)
        return PreviewKey(source=source, profile=drawn, format=image_format, max_size=max_size)

    async def picture_key(self, item: Item, image_format: ImageFormat, max_size: int) -> PictureKey:
        """Return the key of a picture as its file is now. Raises Gone `target_gone`."""
        return PictureKey(source=await self._sources.of(item), format=image_format, max_size=max_size)

    def at_hand(self, key: TileKey, target: LinkTarget) -> RenderedTile | None:
        """Return a tile that can be had without waiting: it is of one item, whose file is still that of the key."""
        if isinstance(target, Collection) or self._sources.at_hand(target) != key.source:
            return None
        return self._cache.get(key)

    async def get(self, key: ImageKey) -> Delivered:
        """Return the image of a key. Raises Gone, SourceFailed, BadInput, Unavailable, TimedOut."""
        known = self._cache.get(key) or self._incomplete.get(key)
        if known is not None:
            return Delivered(tile=known, cached=True)
        shared = await self._shared.get(key) if self._shared else None
        if shared is not None:
            self._cache.put(key, shared)
            return Delivered(tile=shared, cached=True)
        try:
            return Delivered(tile=await self._renders.get(key), cached=False)
        except TilingError as exc:
            raise translated(exc) from exc

    async def inspect(self, root: str, path: str) -> RasterDescription:
        """Read a raster once, for registering. Raises BadInput with the reason why it is refused, SourceFailed."""
        source = await self._sources.look(root, path)
        try:
            return await self._pool.run(lambda: inspect_raster(source))
        except RasterRefused as exc:
            raise BadInput("field_invalid", f"The raster cannot be shared: {exc}", field="path") from exc
        except TilingError as exc:
            raise translated(exc) from exc

    def _keep(self, key: ImageKey, tile: RenderedTile) -> None:
        if tile.completeness == 1:
            self._cache.put(key, tile)
            if self._shared:
                self._shared.put(key, tile)
        else:
            self._incomplete[key] = tile


def render_images(keys: Sequence[ImageKey]) -> list[Outcome]:
    """Return the outcome of each render; that one fails changes nothing for the others. Blocks."""
    outcomes = list[Outcome]()
    for key in keys:
        try:
            outcomes.append(_render(key))
        except Exception as exc:  # noqa: BLE001  (told to who waits for it)
            outcomes.append(exc)
    return outcomes


def _render(key: ImageKey) -> RenderedTile:
    """Blocks."""
    if isinstance(key, PictureKey):
        return render_picture(key.source, key.format, key.max_size)
    source = key.source
    if isinstance(key, TileKey):
        if isinstance(source, MosaicSource):
            return render_mosaic(source, key.address, key.profile, key.format, key.tilesize)
        return render_tile(source, key.address, key.profile, key.format, key.tilesize)
    if isinstance(source, MosaicSource):
        return render_mosaic_preview(source, key.box or EARTH, key.profile, key.format, key.max_size)
    return render_preview(source, key.profile, key.format, key.max_size)


def translated(exc: TilingError) -> TilegateError:
    """Return the error that a caller is told."""
    if isinstance(exc, SourceGone):
        return Gone("target_gone", "The shared file is no longer there.")
    if isinstance(exc, ProfileInvalid):
        code = "format_unsupported" if exc.field == "format" else "field_invalid"
        return BadInput(code, str(exc), field=exc.field)
    retry_after = 1 if isinstance(exc, SourceChanged) else 30
    return SourceFailed("source_unreadable", "The shared raster cannot be read now.", retry_after=retry_after)


@cache
def transparent_tile(tilesize: int) -> bytes:
    """Return a PNG of one transparent colour, `tilesize` pixels wide, for clients that take no 204."""
    return encode_palette_png(np.zeros((tilesize, tilesize), np.uint8), np.zeros((1, 4), np.uint8))
