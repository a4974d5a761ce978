"""Reading: a raster and a grid in web mercator in, values and their visibility out."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.vrt import WarpedVRT
from rio_tiler.models import ImageData
from rio_tiler.reader import read

from tiling.errors import ProfileInvalid, SourceUnreadable
from tiling.georeference import WEB_MERCATOR
from tiling.models import Bounds, TileAddress
from tiling.profile import Resampling
from tiling.sources import Raster

MAX_SOURCE_PIXELS: Final = 64 * 2**20
"""Source pixels that one tile may read. More means that overviews are missing."""

Alpha = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A grid of pixels in EPSG:3857."""

    bounds: Bounds
    """Left, bottom, right, top in metres."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def transform(self) -> Affine:
        """From column, row to metres."""
        left, bottom, right, top = self.bounds
        return Affine((right - left) / self.width, 0.0, left, 0.0, (bottom - top) / self.height, top)

    @property
    def pixel_size(self) -> float:
        """Metres of the projection, not of the ground."""
        left, _, right, _ = self.bounds
        return (right - left) / self.width

    def buffered(self, pixels: int) -> "Grid":
        """Return this grid with `pixels` more on each side."""
        left, bottom, right, top = self.bounds
        dx, dy = pixels * (right - left) / self.width, pixels * (top - bottom) / self.height
        bounds = (left - dx, bottom - dy, right + dx, top + dy)
        return Grid(bounds=bounds, width=self.width + 2 * pixels, height=self.height + 2 * pixels)


def tile_grid(address: TileAddress, size: int) -> Grid:
    """Return a tile's grid of `size` by `size` pixels."""
    return Grid(bounds=address.mercator_bounds, width=size, height=size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Values read onto a grid."""

    values: NDArray[Any]
    """Shape (bands, height, width), in the raster's unit: scale and offset, if any, are applied and give float32."""
    alpha: Alpha
    """Shape (height, width): 255 is fully visible, 0 is no data."""


def read_pixels(
    raster: Raster, grid: Grid, bands: tuple[int, ...], *, resampling: Resampling, nodata: float | None
) -> Pixels:
    """Warp bands (numbers from 1) onto a grid. Blocks.

    `nodata` overrides the file's. Raises ProfileInvalid for a band that is not there, SourceUnreadable for a grid that
    needs more source pixels than `MAX_SOURCE_PIXELS`.
    """
    if max(bands) > raster.dataset.count:
        raise ProfileInvalid(f"band {max(bands)} of {raster.dataset.count}", field="bands")
    decimation = grid.pixel_size / raster.pixel_size
    dataset = raster.dataset_for(decimation)
    _check_budget(raster, dataset, grid, decimation)
    image = _warp(raster, dataset, grid, bands, resampling, _nodata(dataset, nodata))
    values = _unscale(image.data, dataset, bands)
    alpha = _alpha(image, values)
    if dataset.nodata is not None and dataset.mask_flag_enums[0] == [MaskFlags.per_dataset]:
        alpha = np.minimum(alpha, _mask(raster, dataset, grid))
    return Pixels(values=values, alpha=alpha)


def _check_budget(raster: Raster, dataset: Any, grid: Grid, decimation: float) -> None:
    read_decimation = decimation * dataset.width / raster.dataset.width
    pixels = min(grid.width * grid.height * max(read_decimation, 1.0) ** 2, dataset.width * dataset.height)
    if pixels > MAX_SOURCE_PIXELS:
        raise SourceUnreadable("too many source pixels for one image: zoom in, or run `tilegate optimise`")


def _mask(raster: Raster, dataset: Any, grid: Grid) -> Alpha:
    """Warp a mask band alone: beside a nodata value, which is then read instead, it would not count."""
    with WarpedVRT(dataset, src_nodata=None, add_alpha=True, **_placement(raster, grid)) as warped:
        mask: Alpha = warped.read(dataset.count + 1)
    return np.where(mask > 0, np.uint8(255), np.uint8(0))


def _placement(raster: Raster, grid: Grid) -> dict[str, object]:
    placement = {"crs": WEB_MERCATOR, "transform": grid.transform, "width": grid.width, "height": grid.height}
    return placement if raster.wrapped_crs is None else placement | {"src_crs": raster.wrapped_crs}


def _warp(
    raster: Raster, dataset: Any, grid: Grid, bands: tuple[int, ...], resampling: Resampling, nodata: float | None
) -> ImageData:
    dtype = np.result_type(*(dataset.dtypes[band - 1] for band in bands)).name
    return read(
        dataset,
        dst_crs=WEB_MERCATOR,
        width=grid.width,
        height=grid.height,
        indexes=bands,
        nodata=nodata,
        vrt_options=_placement(raster, grid) | {"dtype": dtype},
        reproject_method=resampling,
    )


def _nodata(dataset: Any, override: float | None) -> float | None:
    """Return what to take for no data: NaN for floating point values that have neither nodata, mask nor alpha."""
    dtype = np.dtype(dataset.dtypes[0])
    nodata = dataset.nodata if override is None else override
    if not np.issubdtype(dtype, np.floating):
        return nodata if nodata is not None and _fits(nodata, dtype) else None
    if nodata is not None:
        return nodata
    return math.nan if MaskFlags.all_valid in dataset.mask_flag_enums[0] else None


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    """Whether an integer type can hold a value, which could otherwise not be found in it."""
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def _unscale(values: NDArray[Any], dataset: Any, bands: tuple[int, ...]) -> NDArray[Any]:
    scales = np.array([dataset.scales[band - 1] for band in bands], dtype=np.float32)
    offsets = np.array([dataset.offsets[band - 1] for band in bands], dtype=np.float32)
    if (scales == 1).all() and (offsets == 0).all():
        return values
    return values.astype(np.float32) * scales[:, None, None] + offsets[:, None, None]


def _alpha(image: ImageData, values: NDArray[Any]) -> Alpha:
    if image.alpha_mask is not None:
        alpha = _to_byte(image.alpha_mask)
    else:
        masked = np.ma.getmaskarray(image.array).all(axis=0)
        alpha = np.where(masked, np.uint8(0), np.uint8(255))
    if np.issubdtype(values.dtype, np.floating):
        alpha[~np.isfinite(values).all(axis=0)] = 0
    return alpha


def _to_byte(alpha: NDArray[Any]) -> Alpha:
    """Bring an alpha band to 0 to 255. Wide integers that never exceed 255 are bytes in a wide type."""
    if alpha.dtype == np.uint8:
        return alpha.copy()
    opaque = 255.0 if alpha.max() <= 255 else float(np.iinfo(alpha.dtype).max)  # noqa: PLR2004 - a byte's range
    return (np.clip(alpha / opaque, 0.0, 1.0) * 255).round().astype(np.uint8)


def data_bands(dataset: Any) -> tuple[int, ...]:
    """Return the numbers of the bands that are not alpha, from 1."""
    return tuple(
        band for band, meaning in zip(dataset.indexes, dataset.colorinterp, strict=True) if meaning != ColorInterp.alpha
    )
