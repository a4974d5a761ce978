"""GDAL's own warper is the oracle where rio-tiler cannot be: all other rasters are in test_against_rio_tiler."""

from pathlib import Path

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import reproject

from tests.tiling.against.reference import (
    colour_bands,
    exact_tile,
    level_of,
    mercator_pixel,
    our_level,
    overview_factors,
    tile_transform,
)
from tests.tiling.against.similarity import ssim
from tests.tiling.raster_zoo import center_tile, decode, real_rasters, source
from tiling.geometry.grid import tile_grid
from tiling.ingest.inspect import inspect_raster
from tiling.models import Profile, ProfileKind, TileAddress
from tiling.reading.grid_read import read_pixels
from tiling.render import render_tile
from tiling.source.opening import borrow


@pytest.mark.parametrize("name", ["RGB.byte.tif", "mosaic_cog1.tif", "dem_int16.tif", "uint16_stripped_noncog.tif"])
def test_bilinear_pixels_are_those_of_gdal_when_it_is_told_the_scale(name: str) -> None:
    """Our kernel spreads like GDAL's and is not the same: structural similarity over 0.98.

    Left to itself, GDAL guesses how far to widen its kernel, and guesses too little where a raster fills a small part
    of a tile: then similarity is down to 0.71.
    """
    path = next((path for path in real_rasters() if path.name == name), None)
    if path is None:
        pytest.skip("the raster is not here")
    for address in zooms(path):
        level = our_level(path, address)
        with level_of(path, level) as dataset:
            bands = colour_bands(dataset)
        with borrow(source(path)) as raster:
            ours = read_pixels(raster, tile_grid(address, 256), bands, resampling="bilinear", nodata=None)
        theirs = exact_tile(path, address, level, resampling="bilinear")
        assert ((ours.alpha > 0) == theirs.valid).mean() > 0.999
        assert ssim(ours.values, theirs.values, theirs.valid & (ours.alpha > 0)) > 0.98, address


def zooms(path: Path) -> list[TileAddress]:
    """The middle, at all zooms at which the overview read is at most four times as fine as the tile."""
    description = inspect_raster(source(path))
    coarsest = max(overview_factors(path), default=1) * mercator_pixel(path) * 4
    tiles = (center_tile(description, zoom) for zoom in range(description.minzoom - 1, description.maxzoom + 2))
    return [tile for tile in tiles if tile_transform(tile).a <= coarsest]


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
