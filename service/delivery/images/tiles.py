"""Tiles and previews: the caches, then single flight, then the bounded pool."""

from __future__ import annotations

import logging
from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from cachetools import TTLCache

from service.delivery.heavy.lane import TooHeavy
from service.delivery.images.copyright_text import credited
from service.delivery.images.image_keys import ImageKeys
from service.delivery.images.renders import Outcome, Renders
from service.delivery.images.tile_cache import (
    CropKey,
    ImageKey,
    PictureKey,
    PreviewKey,
    StoredTileKey,
    TileKey,
)
from service.delivery.pool.render_pool import overloaded
from service.errors import BadInput, Gone, SourceFailed, SourceReplaced, TilegateError, TimedOut
from service.identifiers import OURS
from tiling.analysis.crop import render_crop, render_mosaic_crop
from tiling.archives.stored_tile import render_stored
from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import (
    CropTooLarge,
    OutOfTime,
    ProfileInvalid,
    RasterRefused,
    RegionInvalid,
    SourceChanged,
    SourceGone,
    TilingError,
)
from tiling.files.raster_source import RasterSource
from tiling.files.scratch import SCRATCH
from tiling.ingest.inspect import inspect_raster
from tiling.ingest.warmup import warm_up, warmup_raster
from tiling.models import TileAddress
from tiling.mosaic import MosaicSource, render_mosaic, render_mosaic_preview
from tiling.overlay import PLAIN
from tiling.pictures import render_picture
from tiling.png import encode_palette_png
from tiling.render import render_preview, render_tile, tile_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.mosaics import Mosaics
    from service.delivery.images.seeds.seeds import Seeds
    from service.delivery.images.shared_tiles import SharedTiles
    from service.delivery.images.sources import Sources
    from service.delivery.images.store.tile_store import TileStore
    from service.delivery.images.tile_cache import TileCache
    from service.delivery.pool.render_pool import RenderPool
    from service.identifiers import Flow
    from tiling.models import Bounds, RasterDescription, RenderedTile


class Delivered(NamedTuple):
    """A rendered image, and whether it came from the cache."""

    tile: RenderedTile
    cached: bool


class Outside(NamedTuple):
    """The tiers outside of a worker, in the order in which they are asked."""

    store: TileStore | None = None
    """Of a machine."""
    seeds: Seeds | None = None
    """Of a machine: rendered ahead."""
    shared: SharedTiles | None = None
    """Of several machines."""


NOTHING_OUTSIDE = Outside()
Tier: TypeAlias = Literal["memory", "store", "seed", "shared", "file", "rendered"]
"""Where an image came from. `file`: as it lies in its raster, from memory."""
INCOMPLETE_SECONDS = 5
"""For so long a tile is kept that does not show all it should: the rest may be there by then."""
INCOMPLETE_TILES = 256
EARTH: Bounds = (-180.0, -90.0, 180.0, 90.0)

logger = logging.getLogger(__name__)


class Tiles:
    """Renders on behalf of links. The same image asked for many times at once is rendered once."""

    def __init__(
        self,
        sources: Sources,
        mosaics: Mosaics,
        cache: TileCache,
        pool: RenderPool,
        *,
        heavy: HeavyLane,
        outside: Outside = NOTHING_OUTSIDE,
        metatile: int = 1,
    ) -> None:
        self.keys = ImageKeys(sources, mosaics)
        self._sources = sources
        self._cache = cache
        self._incomplete: TTLCache[ImageKey, RenderedTile] = TTLCache(INCOMPLETE_TILES, INCOMPLETE_SECONDS)
        self._pool = pool
        self._heavy = heavy
        self._store, self._seeds, self._shared = outside
        self.tiers = Counter[Tier]()
        """How many images came from where; whoever reports them takes them out."""
        self._renders = Renders(pool, self._render, self._keep, side=metatile)

    def cached(self, key: ImageKey) -> Delivered | None:
        """Return what `get` would, where it is in memory; else None."""
        if isinstance(key, CropKey):  # large, and hardly asked for twice
            return None
        known = self._cache.get(key) or self._incomplete.get(key)
        if known is None:
            return None
        self.tiers["memory"] += 1
        return Delivered(known, True)

    async def get(self, key: ImageKey, flow: Flow) -> Delivered:
        """Return the image of a key on behalf of a flow. Raises Gone, SourceFailed, BadInput, Unavailable, TimedOut.

        What takes a thread is refused first where too much of the same flow waits for one already, also where it is in
        the cache that machines share: to look there costs more than to refuse. To look into the store costs less.
        """
        if isinstance(key, CropKey):
            return Delivered(tile=await self._crop(key, flow), cached=False)
        known = self.cached(key)
        if known is not None:
            return known
        is_read = isinstance(key, StoredTileKey)
        found = self._store.get(key) if self._store and not is_read else None
        if found is not None:
            return self._taken("store", key, found)
        found = self._seeds.get(key) if self._seeds else None
        if found is not None:
            return self._taken("seed", key, found)
        if self._pool.refuses(flow) and not self._renders.has(key):
            raise overloaded()
        if is_read:  # that takes no longer than to ask who has read it
            return Delivered(tile=await self._rendered(key, flow), cached=False)
        return await self._shared_or_rendered(key, flow)

    async def _shared_or_rendered(self, key: ImageKey, flow: Flow) -> Delivered:
        found = await self._shared.get(key) if self._shared else None
        if found is not None:
            if self._store:
                self._store.put(key, found)
            return self._taken("shared", key, found)
        found = _at_once(key)
        if found is not None:
            return self._taken("file", key, found)
        return Delivered(tile=await self._rendered(key, flow), cached=False)

    async def render_ahead(self, key: TileKey) -> bool:
        """Have a tile in the caches that nobody asked for; return whether it was rendered for that.

        Where it cannot be rendered, whoever asks for it is told.
        """
        if self._cache.get(key) or (self._store and self._store.get(key)) or (self._seeds and self._seeds.get(key)):
            return False
        try:
            await self._renders.get(key, OURS)
        except (TilingError, TilegateError):
            return False
        return True

    def _taken(self, tier: Tier, key: ImageKey, found: RenderedTile) -> Delivered:
        """Have what a tier below memory had in memory too."""
        self._cache.put(key, found)
        self.tiers[tier] += 1
        return Delivered(tile=found, cached=tier != "file")

    async def warm_up(self) -> None:
        """Have each thread draw something, so that nobody waits for what it loads at its first tile."""
        try:
            with warmup_raster(SCRATCH.folder) as source:
                await self._pool.in_each_thread(partial(warm_up, source))
        except (OSError, TilingError) as exc:
            logger.warning("render threads were not prepared: %s", exc)

    async def inspect(self, root: str, path: str, flow: Flow) -> RasterDescription:
        """Read a raster once, for registering. Raises BadInput with the reason why it is refused, SourceFailed."""
        source = await self._sources.look(root, path)
        try:
            return await self._heavy.run(partial(inspect_raster, source), [source], flow)
        except RasterRefused as exc:
            raise BadInput("field_invalid", f"The raster cannot be shared: {exc}", field="path") from exc
        except (TimedOut, TooHeavy) as exc:
            advice = "convert it with `gdal_translate -of COG`"
            raise BadInput(
                "field_invalid", f"The raster cannot be shared: {exc.detail} Maybe {advice}.", field="path"
            ) from exc
        except TilingError as exc:
            raise translated(exc) from exc

    async def _rendered(self, key: ImageKey, flow: Flow) -> RenderedTile:
        try:
            rendered = await self._renders.get(key, flow)
        except TilingError as exc:
            raise translated(exc) from exc
        self.tiers["rendered"] += 1
        return rendered

    async def _crop(self, key: CropKey, flow: Flow) -> RenderedTile:
        sources = [key.source] if isinstance(key.source, RasterSource) else key.source.sources
        try:
            return credited(await self._heavy.run(_cutting(key), sources, flow), key.credit)
        except TilingError as exc:
            raise translated(exc) from exc

    def _render(self, keys: Sequence[ImageKey]) -> list[Outcome]:
        """Blocks."""
        return render_images(keys, self._pool.deadline)

    def _keep(self, key: ImageKey, tile: RenderedTile) -> None:
        if tile.completeness == 1:
            self._cache.put(key, tile)
            if isinstance(key, StoredTileKey):
                return
            if self._store:
                self._store.put(key, tile)
            if self._shared:
                self._shared.put(key, tile)
        else:
            self._incomplete[key] = tile


def _at_once(key: ImageKey) -> RenderedTile | None:
    """Return a tile that lies in its raster's file as it is, and in memory: that takes no thread."""
    if not isinstance(key, TileKey) or not isinstance(key.source, RasterSource) or key.finish != PLAIN:
        return None
    if not isinstance(key.address, TileAddress):
        return None
    return tile_at_once(key.source, key.address, key.profile, key.format, key.tilesize)


def render_images(keys: Sequence[ImageKey], deadline: Deadline = NO_DEADLINE) -> list[Outcome]:
    """Return the outcome of each render; that one fails changes nothing for the others. Blocks."""
    outcomes = list[Outcome]()
    for key in keys:
        try:
            image = _render(key, deadline)
            outcomes.append(image if isinstance(key, TileKey | StoredTileKey) else credited(image, key.credit))
        except Exception as exc:  # noqa: BLE001  (told to who waits for it)
            outcomes.append(exc)
    return outcomes


def _render(key: ImageKey, deadline: Deadline) -> RenderedTile:
    """Blocks."""
    if isinstance(key, PictureKey):
        return render_picture(key.source, key.format, key.max_size, key.watermark)
    if isinstance(key, CropKey):
        raise TypeError("a crop is made in the heavy lane")
    if isinstance(key, StoredTileKey):
        return render_stored(key.source, key.address, key.format, key.finish, deadline, is_gzip=key.is_gzip)
    source = key.source
    if isinstance(source, MosaicSource):
        return _render_mosaic(source, key, deadline)
    if isinstance(key, TileKey):
        return render_tile(source, key.address, key.profile, key.format, key.tilesize, key.finish, deadline)
    return render_preview(source, key.profile, key.format, key.max_size, key.finish, deadline)


def _cutting(key: CropKey) -> Callable[[], RenderedTile]:
    """Return what makes a crop."""
    if isinstance(key.source, MosaicSource):
        return partial(render_mosaic_crop, key.source, key.place, key.crop)
    return partial(render_crop, key.source, key.crop)


def _render_mosaic(source: MosaicSource, key: TileKey | PreviewKey, deadline: Deadline) -> RenderedTile:
    """Blocks."""
    if isinstance(key, TileKey):
        return render_mosaic(source, key.address, key.profile, key.format, key.tilesize, key.finish, deadline)
    return render_mosaic_preview(source, key.box or EARTH, key.profile, key.format, key.max_size, key.finish, deadline)


def translated(exc: TilingError) -> TilegateError:
    """Return the error that a caller is told."""
    if isinstance(exc, SourceGone):
        return Gone("target_gone", "The shared file is no longer there.")
    if isinstance(exc, CropTooLarge):
        return BadInput("crop_too_large", f"{_sentence(exc)}.")
    if isinstance(exc, RegionInvalid):
        return BadInput("field_invalid", f"{_sentence(exc)}.", field=exc.field)
    if isinstance(exc, ProfileInvalid):
        code = "format_unsupported" if exc.field == "format" else "field_invalid"
        return BadInput(code, str(exc), field=exc.field)
    if isinstance(exc, OutOfTime):
        return TimedOut("render_timeout", "Rendering took too long.", retry_after=30)
    kind, retry_after = (SourceReplaced, 1) if isinstance(exc, SourceChanged) else (SourceFailed, 30)
    return kind("source_unreadable", "The shared raster cannot be read now.", retry_after=retry_after)


def _sentence(exc: TilingError) -> str:
    text = str(exc)
    return text[:1].upper() + text[1:]


@cache
def transparent_tile(width: int, height: int) -> bytes:
    """Return a PNG of one transparent colour, for clients that take no 204."""
    return encode_palette_png(np.zeros((height, width), np.uint8), np.zeros((1, 4), np.uint8))
