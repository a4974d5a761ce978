"""GDAL's own warper is the oracle: every tile equals an independent warp of the source onto the tile's grid."""

from pathlib import Path

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import MaskFlags
from rasterio.vrt import WarpedVRT
from rasterio.warp import reproject

from tests.tiling.raster_zoo import center_tile, decode, real_rasters, source
from tiling.inspect import inspect_raster
from tiling.models import Profile, ProfileKind, TileAddress
from tiling.render import render_tile

AS_IT_IS = [
    path
    for path in real_rasters()
    if path.name
    in {"RGB.byte.tif", "bahamas_rgb.tif", "extovr_rgba.tif", "rgba_cog_utm.tif", "rgb_internal_mask_cog.tif"}
]
STRETCHED = [
    path
    for path in real_rasters()
    if path.name
    in {
        "mosaic_cog1.tif", "dateline_cog_uint16.tif", "polar_3413_uint16.tif", "uint16_stripped_noncog.tif",
        "co_elevation_roi.tif", "dem_int16.tif", "float_nan_nodata_cog.tif", "s2_b09_uint16.tif", "shade.tif",
    }
]  # fmt: skip


def warped(path: Path, address: TileAddress, band: int, level: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Values and validity of a band on a tile's grid, by GDAL's warper without its usual eighth of a pixel of slack."""
    left, _, right, top = mercantile.xy_bounds(address.x, address.y, address.z)
    scale = (right - left) / 256
    grid = {"crs": "EPSG:3857", "transform": Affine(scale, 0, left, 0, -scale, top), "width": 256, "height": 256}
    with rasterio.open(path, **({} if level is None else {"overview_level": level})) as dataset:
        arrays = np.stack([dataset.read(band).astype("float64"), dataset.read_masks(band).astype("float64")])
        placed = {"transform": dataset.transform, "crs": dataset.crs, "dtype": "float64", "count": 2}
        size = {"width": dataset.width, "height": dataset.height}
    with rasterio.MemoryFile() as file:
        with file.open(driver="GTiff", **placed, **size) as copy:
            copy.write(arrays)
        with file.open() as copy, WarpedVRT(copy, **grid, tolerance=1e-6) as warp:
            values, valid = warp.read()
    return values, valid > 127


def overview_for(path: Path, address: TileAddress, pixel_size: float) -> int | None:
    """The rule, written again: the coarsest overview that is not coarser than the tile."""
    left, _, right, _ = mercantile.xy_bounds(address.x, address.y, address.z)
    with rasterio.open(path) as dataset:
        usable = [
            level for level, factor in enumerate(dataset.overviews(1)) if factor * pixel_size <= (right - left) / 256
        ]
    return usable[-1] if usable else None


def native_pixel(path: Path) -> float:
    """Side of a pixel in EPSG:3857 metres, from the middle of the raster, written independently."""
    with rasterio.open(path) as dataset:
        x, y = dataset.transform @ (dataset.width / 2, dataset.height / 2)
        a, b, d, e = dataset.transform.a, dataset.transform.b, dataset.transform.d, dataset.transform.e
        xs, ys = rasterio.warp.transform(dataset.crs, "EPSG:3857", [x, x + a, x + b], [y, y + d, y + e])
    return abs((xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])) ** 0.5


def zooms(path: Path) -> list[TileAddress]:
    description = inspect_raster(source(path))
    return [center_tile(description, zoom) for zoom in range(description.minzoom, description.maxzoom + 2)]


@pytest.mark.parametrize("path", AS_IT_IS, ids=lambda path: path.name)
def test_byte_colours_are_those_of_a_plain_warp(path: Path) -> None:
    """Nearest pixels: equal but for those whose centre falls between two source pixels.

    Our places are off by at most a hundredth of a pixel, so a few pixels at the boundary between two source pixels may
    come from the other one: 0.5 % are allowed, none of the others.
    """
    profile = Profile(id="rgb", label="RGB", kind=ProfileKind.RGB)
    for address in zooms(path):
        pixels = decode(render_tile(source(path), address, profile))
        level = overview_for(path, address, native_pixel(path))
        for band in (1, 2, 3):
            values, valid = warped(path, address, band, level)
            both = valid & (pixels[..., 3] == 255)
            assert both.sum() > 0
            assert (pixels[..., band - 1][both] == values[both]).mean() > 0.995
        with rasterio.open(path) as dataset:
            if MaskFlags.nodata in dataset.mask_flag_enums[0]:
                continue  # a pixel counts as data if any of its bands does, which one band's mask cannot tell
        assert ((pixels[..., 3] > 127) == valid).mean() > 0.995


@pytest.mark.parametrize("path", STRETCHED, ids=lambda path: path.name)
def test_stretched_values_are_those_of_a_plain_warp(path: Path) -> None:
    """As above, through a stretch: one level of difference is rounding."""
    stretch = inspect_raster(source(path)).profiles[-1].rescale[:1] or ((0.0, 5000.0),)
    low, high = stretch[0]
    profile = Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(1,), rescale=stretch)
    for address in zooms(path):
        pixels = decode(render_tile(source(path), address, profile))
        values, valid = warped(path, address, 1, overview_for(path, address, native_pixel(path)))
        valid &= np.isfinite(values)
        expected = np.clip((np.where(valid, values, low) - low) / (high - low), 0, 1) * 255
        both = valid & (pixels[..., 3] == 255)
        assert both.sum() > 0
        assert (np.abs(pixels[..., 0].astype(float) - expected)[both] <= 1).mean() > 0.995
        assert ((pixels[..., 3] > 127) == valid).mean() > 0.995


@pytest.mark.parametrize(
    "path", [path for path in real_rasters() if path.name == "gcps_only.tif"], ids=lambda p: p.name
)
def test_control_points_place_pixels_where_gdal_places_them(path: Path) -> None:
    """Our warp has two nearest steps, which moves pixels by up to one: compare means of 8 by 8 pixels, off by 10 %."""
    description = inspect_raster(source(path))
    profile = Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(1,), rescale=((0.0, 255.0),))
    address = center_tile(description)
    left, _, right, top = mercantile.xy_bounds(address.x, address.y, address.z)
    scale = (right - left) / 256
    with rasterio.open(path) as dataset:
        points, crs = dataset.gcps
        values, _ = reproject(
            dataset.read(1), np.zeros((256, 256), dtype="uint16"), gcps=points, src_crs=crs, dst_crs="EPSG:3857",
            dst_transform=Affine(scale, 0, left, 0, -scale, top),
        )  # fmt: skip

    def blocks(image: np.ndarray) -> np.ndarray:
        return image.clip(0, 255).astype(float).reshape(32, 8, 32, 8).mean(axis=(1, 3))

    ours, theirs = blocks(decode(render_tile(source(path), address, profile))[..., 0]), blocks(values)
    assert np.median(np.abs(ours - theirs) / (theirs + 1)) < 0.1
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.9
