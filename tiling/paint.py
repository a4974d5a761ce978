"""From a profile to a painting: which bands to read, how to colour them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp

from tiling.colormaps import Lut, colormap_lut
from tiling.encode import Bytes, Painting
from tiling.errors import ProfileInvalid
from tiling.gated_reader import read_image
from tiling.geometry.grid import Grid, ground_cells
from tiling.geometry.vertical_units import METRE, metres_per
from tiling.hillshade import blend, hillshade, terrain_rgb, terrarium
from tiling.image_data import GatedImage
from tiling.models import Profile, ProfileKind
from tiling.reading.grid_read import data_bands
from tiling.source.dataset_info import Facts
from tiling.source.opening import Raster

NEEDS_RANGE: Final = "floating point values need a rescale"
SEA_LEVEL: Final = np.float32(0.0)
"""Metres that a terrain tile says where there is no data: browsers drop the colour of transparent pixels, and a client
would then read the lowest height of all, a pit."""


def paint(raster: Raster, grid: Grid, profile: Profile) -> Painting:
    """Read what a profile needs on a grid, and colour it. Blocks.

    Raises ProfileInvalid where the profile does not fit the raster, SourceUnreadable as `read_image` does.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what is hidden may hold anything
        look = look_of(raster, profile)
        return paint_image(read_look(raster, grid, profile, look), grid, profile, look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file says of the colours of its values."""

    palette: Lut | None
    """Its own, where the profile shows that."""
    is_negative: bool
    """Whether low values are to be white."""


def look_of(raster: Raster, profile: Profile) -> Look:
    """Return what a raster says of how a profile looks."""
    palette = file_palette(raster.dataset) if shows_file_palette(profile) else None
    return Look(palette=palette, is_negative=is_negative(raster.facts, profile))


def read_look(raster: Raster, grid: Grid, profile: Profile, look: Look) -> GatedImage:
    """Read what a profile colours on a grid: heights on `heights_grid`. Blocks. Raises as `paint`."""
    if profile.expression is not None and profile.algorithm is None and not profile.rescale:
        raise ProfileInvalid(NEEDS_RANGE, field="rescale")  # before anything is worked out
    if look.palette is not None and profile.algorithm is None:
        return read_image(raster, grid, bands=(1,), resampling="nearest", nodata=profile.nodata)
    return read_profile(raster, heights_grid(grid, profile), profile)


def paint_image(image: GatedImage, grid: Grid, profile: Profile, look: Look) -> Painting:
    """Colour what `read_look` has read."""
    if profile.algorithm is not None:
        return paint_heights(image, grid, profile)
    if look.palette is not None:
        return _paint_palette(image, look.palette)
    colors = _stretch(image.data, profile)
    if look.is_negative:
        colors = np.uint8(255) - colors
    lut = colormap_lut(profile.colormap) if profile.colormap else None
    return Painting(colors=np.moveaxis(colors, 0, -1), alpha=image.opacity, palette=lut)


def file_palette(dataset: Any) -> Lut | None:
    """Return the first band's colour table, shape (256, 4) for uint8 and (65536, 4) for uint16, or None."""
    if dataset.colorinterp[0] != ColorInterp.palette or dataset.dtypes[0] not in ("uint8", "uint16"):
        return None
    lut = np.zeros((np.iinfo(dataset.dtypes[0]).max + 1, 4), dtype=np.uint8)
    for index, color in dataset.colormap(1).items():
        lut[index] = color
    return lut


def shows_file_palette(profile: Profile) -> bool:
    """Whether a profile shows the file's own colour table, where there is one."""
    plain = profile.colormap is None and profile.expression is None and not profile.rescale
    return plain and profile.kind == ProfileKind.INDEX and profile.bands in ((), (1,))


def is_negative(facts: Facts, profile: Profile) -> bool:
    """Whether low values are to be white: as the file says of its gray band, where a profile names no colours."""
    return facts.is_white_zero and profile.colormap is None and profile.expression is None


def _paint_palette(image: GatedImage, palette: Lut) -> Painting:
    classes = image.data[0]
    if classes.dtype == np.uint8:
        return Painting(colors=classes[..., None], alpha=image.opacity, palette=palette)
    rgba = palette[classes.astype(np.uint16)]
    return Painting(colors=rgba[..., :3], alpha=np.minimum(image.opacity, rgba[..., 3]))


def heights_grid(grid: Grid, profile: Profile) -> Grid:
    """Return the grid on which heights are read to be painted on `grid`: a slope needs its neighbours."""
    return grid.buffered(1) if profile.algorithm == "hillshade" else grid


def paint_heights(image: GatedImage, grid: Grid, profile: Profile) -> Painting:
    """Turn heights, (1, h, w) on `heights_grid`, into what a profile's algorithm makes of them."""
    if profile.is_terrain:
        return _paint_terrain(image, profile)
    return _paint_relief(image, heights_grid(grid, profile), profile)


def _paint_terrain(image: GatedImage, profile: Profile) -> Painting:
    visible = image.opacity > 0
    colors = _packed(np.where(visible, image.data[0].astype(np.float32), SEA_LEVEL), profile)
    alpha = np.full_like(image.opacity, 255 if visible.any() else 0)
    return Painting(colors=colors, alpha=alpha, lossless=True)


def no_height(profile: Profile) -> Bytes:
    """Return the colour, shape (3,), of what a terrain profile knows no height of."""
    return _packed(np.full((1, 1), SEA_LEVEL), profile).reshape(-1)


def _packed(heights: NDArray[np.float32], profile: Profile) -> Bytes:
    return terrain_rgb(heights) if profile.algorithm == "terrainrgb" else terrarium(heights)


def _paint_relief(image: GatedImage, wide: Grid, profile: Profile) -> Painting:
    heights = image.data[0].astype(np.float32)
    shade = hillshade(heights, image.opacity > 0, *(cells[1:-1] for cells in ground_cells(wide)))
    alpha = np.ascontiguousarray(image.opacity[1:-1, 1:-1])
    if profile.colormap is None:
        return Painting(colors=shade[..., None], alpha=alpha)
    indexes = _stretch(heights[None, 1:-1, 1:-1], profile)[0]
    return Painting(colors=blend(profile.colormap, indexes, shade), alpha=alpha)


def read_profile(raster: Raster, grid: Grid, profile: Profile) -> GatedImage:
    """Read the bands, or what the expressions make of them, that a profile colours. Blocks. Raises as `paint`.

    A band that an algorithm takes for heights is in metres, whatever length the raster gives it in.
    """
    bands = None if profile.expression is not None else profile_bands(raster.dataset, profile)
    image = read_image(
        raster, grid, bands=bands, expression=profile.expression, resampling=profile.resampling, nodata=profile.nodata
    )
    return image if profile.algorithm is None or bands is None else _in_metres(image, raster.facts, bands[0])


def _in_metres(image: GatedImage, facts: Facts, band: int) -> GatedImage:
    metres = metres_per(facts.units[band - 1])
    if metres is None or metres == METRE:
        return image
    return image.with_values(image.data.astype(np.float32) * np.float32(metres), image.opacity)


def profile_bands(dataset: Any, profile: Profile) -> tuple[int, ...]:
    """Return the numbers of the bands that a profile without an expression shows."""
    bands = profile.bands or data_bands(dataset) or (1,)
    is_colour = profile.kind == ProfileKind.RGB and len(bands) >= 3  # noqa: PLR2004 - red, green, blue
    return bands if profile.bands else bands[: 3 if is_colour else 1]


def _stretch(values: NDArray[Any], profile: Profile) -> Bytes:
    """Bring values, (bands, h, w), to bytes. uint8 without a range to stretch is passed on as it is."""
    if not profile.rescale and values.dtype == np.uint8:
        return values
    ranges = profile.rescale or _type_range(values.dtype)
    ranges = ranges if len(ranges) == len(values) else ranges * len(values)
    pixels = np.empty((*values.shape[1:], len(values)), dtype=np.uint8)  # bands last, as encoders want them
    for index, (low, high) in enumerate(ranges):
        pixels[..., index] = _stretch_band(values[index], low, high)
    return np.moveaxis(pixels, -1, 0)


def _stretch_band(values: NDArray[Any], low: float, high: float) -> Bytes:
    if values.dtype in (np.uint8, np.uint16):
        return _stretch_table(values.dtype, low, high).take(values)
    return _stretched(values, low, high)


@lru_cache(maxsize=256)
def _stretch_table(dtype: np.dtype[Any], low: float, high: float) -> Bytes:
    """Return what each value of an integer type becomes."""
    return _stretched(np.arange(np.iinfo(dtype).max + 1, dtype=dtype), low, high)


def _stretched(values: NDArray[Any], low: float, high: float) -> Bytes:
    scaled = values.astype(np.float32)
    scaled -= np.float32(low)
    scaled *= np.float32(255.0 / (high - low))
    np.clip(scaled, 0.0, 255.0, out=scaled)
    np.rint(scaled, out=scaled)
    return np.nan_to_num(scaled, copy=False, nan=0.0).astype(np.uint8)


def _type_range(dtype: np.dtype[Any]) -> tuple[tuple[float, float], ...]:
    if not np.issubdtype(dtype, np.integer):
        raise ProfileInvalid(NEEDS_RANGE, field="rescale")
    limits = np.iinfo(dtype)
    return ((float(limits.min), float(limits.max)),)
