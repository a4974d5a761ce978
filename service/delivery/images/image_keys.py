"""From what is asked for to all that an image's bytes depend on, as the files are now."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.credit import credit_line
from service.delivery.images.tile_cache import CropKey, PictureKey, PreviewKey, StoredTileKey, TileKey, as_drawn
from tiling.analysis.crop import Crop, CropFormat, MosaicBox, crop_grid
from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.geometry.zooms import TILE_PIXELS, WORLD, pixels_at
from tiling.models import TileAddress
from tiling.mosaic import MosaicSource
from tiling.overlay import PLAIN, Finish
from tiling.render import box_grid
from tiling.watermark import Watermark

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.catalogue.item import Item
    from service.delivery.images.mosaics import Mosaics
    from service.delivery.images.sources import Sources
    from tiling.archives.tile_format import TileFormat
    from tiling.files.raster_source import RasterSource
    from tiling.geometry.matrix_tile import Tile
    from tiling.models import Bounds, ImageFormat, Profile, TileSize

NOTHING = MosaicSource(parts=(), candidates=0)
"""What is rendered of a mosaic where none of it may be shown: its files are not even looked at."""


class ImageKeys:
    """Makes the keys of images. Each method raises Gone `target_gone`, and SourceFailed."""

    def __init__(self, sources: Sources, mosaics: Mosaics) -> None:
        self._sources = sources
        self._mosaics = mosaics

    def is_current(self, key: TileKey, target: LinkTarget) -> bool:
        """Whether a target is one raster whose file, as was seen a moment ago, is a key's. Raises SourceFailed."""
        source = None if isinstance(target, Collection) else self._sources.cached(target)
        return source is key.source or source == key.source

    def look_again(self, target: LinkTarget) -> None:
        """Have the next keys of a target be those of its file as it is then."""
        if not isinstance(target, Collection):
            self._sources.look_again(target)

    async def tile(
        self,
        target: LinkTarget,
        address: Tile,
        profile: Profile,
        image_format: ImageFormat,
        tilesize: TileSize,
        *,
        finish: Finish = PLAIN,
        like: TileKey | None = None,
    ) -> TileKey:
        """Return the key of a tile. `like`: that of any tile drawn alike: quicker where it has the same source."""
        source: RasterSource | MosaicSource
        if isinstance(target, Collection):
            source = await self._mosaic_at(target, profile, address, tilesize, finish)
        else:
            source = await self._sources.of(target)
        if like is not None and (like.source is source or like.source == source):
            return like if like.address is address else like.at(address)
        return TileKey(
            source=source,
            address=address,
            profile=as_drawn(profile),
            format=image_format,
            tilesize=tilesize,
            finish=finish,
        )

    async def _mosaic_at(
        self, target: Collection, profile: Profile, address: Tile, tilesize: TileSize, finish: Finish
    ) -> MosaicSource:
        """Return what a tile of a collection is rendered from. No overview shows what lies beyond web mercator."""
        box, more = address.lonlat_bounds, math.log2(tilesize / TILE_PIXELS)
        if isinstance(address, TileAddress):
            return await self.mosaic(target, profile, box, address.z + more, finish)
        is_within = box[1] >= -MERCATOR_LATITUDE and box[3] <= MERCATOR_LATITUDE
        zoom = address.scale_zoom + more
        return await self.mosaic(target, profile, box, zoom, finish, may_use_overview=is_within)

    async def preview(
        self,
        target: LinkTarget,
        profile: Profile,
        image_format: ImageFormat,
        max_size: int,
        *,
        finish: Finish = PLAIN,
    ) -> PreviewKey:
        """Return the key of a preview."""
        drawn, box = as_drawn(profile), None
        source: RasterSource | MosaicSource
        if isinstance(target, Collection):
            box = finish.box(target.extent.footprint) or target.extent.footprint
            zoom = zoom_of(box_grid(box, max_size).pixel_size)
            source = await self.mosaic(target, profile, box, zoom, finish)
        else:
            source = await self._sources.of(target)
        return PreviewKey(
            source=source,
            profile=drawn,
            format=image_format,
            max_size=max_size,
            box=box,
            finish=finish,
            credit=credit_line(target),
        )

    async def picture(
        self, item: Item, image_format: ImageFormat, max_size: int, *, watermark: Watermark | None
    ) -> PictureKey:
        """Return the key of a picture that lies on no map."""
        source = await self._sources.of(item)
        return PictureKey(
            source=source, format=image_format, max_size=max_size, watermark=watermark, credit=credit_line(item)
        )

    async def stored(
        self, item: Item, address: TileAddress, tile_format: TileFormat, finish: Finish, *, is_gzip: bool
    ) -> StoredTileKey:
        """Return the key of a tile of an archive."""
        source = await self._sources.of(item)
        return StoredTileKey(source=source, address=address, format=tile_format, finish=finish, is_gzip=is_gzip)

    async def crop(self, target: LinkTarget, crop: Crop) -> CropKey:
        """Return the key of a crop. Raises CropTooLarge too."""
        crop, credit = replace(crop, profile=as_drawn(crop.profile)), credit_line(target)
        if not isinstance(target, Collection):
            return CropKey(source=await self._sources.of(target), crop=crop, credit=credit)
        box, maxzoom = crop.clip.bounds_within(target.extent.footprint), target.extent.maxzoom
        if box is None:
            return CropKey(source=NOTHING, crop=crop)
        grid = crop_grid(box, pixels_at(maxzoom), crop)
        source = await self.mosaic(
            target,
            crop.profile,
            box,
            zoom_of(grid.pixel_size),
            Finish(clip=crop.clip),
            may_use_overview=crop.format is not CropFormat.TIF,
        )
        return CropKey(source=source, crop=crop, place=MosaicBox(box=box, maxzoom=maxzoom), credit=credit)

    async def mosaic(
        self,
        target: Collection,
        profile: Profile,
        box: Bounds,
        zoom: float,
        finish: Finish,
        *,
        may_use_overview: bool = True,
    ) -> MosaicSource:
        """Return what a box (degrees) of a collection is rendered from.

        An overview is built for the profiles that a collection has, and not for what a recipient thinks up. It holds
        colours, and no values.
        """
        if finish.clip is not None and not finish.clip.meets(box):
            return NOTHING
        drawn = as_drawn(profile)
        by_overview = may_use_overview and any(as_drawn(own) == drawn for own in target.profiles)
        return await self._mosaics.source(target, drawn, box, zoom, by_overview=by_overview)


def zoom_of(pixel_size: float) -> float:
    """Return the zoom at which tiles of 256 pixels have pixels of so many metres."""
    return math.log2(WORLD / TILE_PIXELS / pixel_size)
