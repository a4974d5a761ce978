"""A part of a raster: as a picture, or as a GeoTIFF of its values."""

import math
from dataclasses import dataclass
from enum import StrEnum

from tiling.analysis.geotiff import Stored, write_geotiff
from tiling.analysis.mosaic_values import MosaicView
from tiling.analysis.stored_crop import Sampling, stored_crop, stored_mosaic
from tiling.analysis.values import Wanted
from tiling.encode import Painting
from tiling.files.raster_source import RasterSource
from tiling.geometry.clip import Clip
from tiling.geometry.grid import Grid
from tiling.geometry.zooms import pixels_at
from tiling.models import Bounds, ImageFormat, Profile, RenderedTile
from tiling.mosaic import MosaicSource, lay, source_layers, turned
from tiling.overlay import Finish
from tiling.paint import paint
from tiling.reading.window_read import check_size
from tiling.render import box_grid, check_format, encoded
from tiling.source.opening import borrow
from tiling.watermark import Watermark


class CropFormat(StrEnum):
    """How a crop is encoded. The value is the file extension."""

    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"
    TIF = "tif"

    @property
    def media_type(self) -> str:
        """The IANA media type."""
        return "image/tiff" if self is CropFormat.TIF else ImageFormat(self.value).media_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """What is cut out, and how. All that its bytes depend on, beside the raster."""

    clip: Clip
    """What is asked for and may be shown."""
    format: CropFormat
    profile: Profile
    """By which a picture is drawn; of a GeoTIFF, the resampling and the nodata count."""
    wanted: Wanted = Wanted()  # noqa: RUF009 - frozen
    """The bands of a GeoTIFF."""
    crs: int | None = None
    """EPSG code of a GeoTIFF: 3857 or 4326; None for the raster's own."""
    max_size: int | None = None
    """Pixels that the longer side may have; None for as many as the raster has there."""
    finest: float | None = None
    """Metres (EPSG:3857) that a pixel stands for at least, as the link does not share more."""
    max_pixels: int = 2**22
    """More are refused."""
    watermark: Watermark | None = None
    """A text across the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicBox:
    """Which part of a mosaic a crop shows, in unwrapped degrees, and the zoom of its finest raster."""

    box: Bounds
    maxzoom: int


def render_crop(source: RasterSource, crop: Crop) -> RenderedTile:
    """Cut a part out of a raster. Blocks.

    Empty where no pixel of the raster has its centre there. Raises CropTooLarge, ProfileInvalid, SourceUnreadable.
    """
    if crop.format is CropFormat.TIF:
        with borrow(source) as raster:
            sampling = Sampling(
                crs=crop.crs,
                max_size=crop.max_size,
                finest=crop.finest,
                max_pixels=crop.max_pixels,
                resampling=crop.profile.resampling,
            )
            return _geotiff(stored_crop(raster, crop.clip, crop.wanted, sampling))
    image_format = ImageFormat(crop.format.value)
    check_format(crop.profile, image_format)
    with borrow(source) as raster:
        box = crop.clip.bounds_within(raster.footprint.box)
        if box is None:
            return _nothing(crop)
        grid = crop_grid(box, raster.pixel_size, crop)
        painting = paint(raster, grid, crop.profile)
    return _picture(painting, grid, crop)


def render_mosaic_crop(source: MosaicSource, place: MosaicBox | None, crop: Crop) -> RenderedTile:
    """Cut a part out of a mosaic; as `render_crop`. A GeoTIFF of it is in web mercator. `place`: None for nothing."""
    if place is None:
        return _nothing(crop)
    native = pixels_at(place.maxzoom)
    grid = crop_grid(place.box, native, crop)
    if crop.format is CropFormat.TIF:
        view = MosaicView(box=place.box, grid=grid)
        return _geotiff(stored_mosaic(source, view, crop.clip, crop.wanted))
    check_format(crop.profile, ImageFormat(crop.format.value))
    layers = source_layers(source, grid, crop.profile)
    if source.parts:
        lay(layers, source, crop.profile, lambda raster: turned(grid, place.box, raster.footprint))
    return _picture(layers.finished(), grid, crop)


def crop_grid(box: Bounds, pixel_size: float, crop: Crop) -> Grid:
    """Return the grid of a crop in web mercator, with pixels of so many metres or larger. Raises CropTooLarge."""
    if crop.finest is not None and crop.finest > pixel_size:
        return _on_steps(box, crop.finest, crop)
    thousand = box_grid(box, 1000)
    longest = max(1, round(thousand.pixel_size * max(thousand.width, thousand.height) / pixel_size))
    if crop.max_size is not None:
        longest = min(longest, crop.max_size)
    grid = box_grid(box, min(longest, 2**24))
    check_size(grid.width * grid.height, crop.max_pixels)
    return grid


def _on_steps(box: Bounds, step: float, crop: Crop) -> Grid:
    """Return the grid of whole steps around a box, at the same places whatever the box."""
    left, bottom, right, top = box_grid(box, 1).bounds
    left, bottom, right, top = (
        round_(edge / step)
        for edge, round_ in ((left, math.floor), (bottom, math.floor), (right, math.ceil), (top, math.ceil))
    )
    width, height = max(1, right - left), max(1, top - bottom)
    every = 1 if crop.max_size is None else math.ceil(max(width, height) / crop.max_size)
    width, height = -(-width // every), -(-height // every)
    check_size(width * height, crop.max_pixels)
    size = step * every
    west, north = left * step, top * step
    return Grid(bounds=(west, north - height * size, west + width * size, north), width=width, height=height)


def _geotiff(stored: Stored | None) -> RenderedTile:
    if stored is None:
        return RenderedTile(body=None, media_type=CropFormat.TIF.media_type, width=0, height=0)
    height, width = stored.known.shape[1:]
    return RenderedTile(body=write_geotiff(stored), media_type=CropFormat.TIF.media_type, width=width, height=height)


def _picture(painting: Painting | None, grid: Grid, crop: Crop) -> RenderedTile:
    finish = Finish(clip=crop.clip, watermark=crop.watermark)
    shown = finish.shown(grid)
    image_format = ImageFormat(crop.format.value)
    return encoded(finish.on(painting, grid, crop.profile, shown), image_format, grid)


def _nothing(crop: Crop) -> RenderedTile:
    return RenderedTile(body=None, media_type=crop.format.media_type, width=0, height=0)
