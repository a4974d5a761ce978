"""GDAL's own warper is the oracle where rio-tiler cannot be: all other rasters are in test_against_rio_tiler."""

from pathlib import Path

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import reproject

from tests.tiling.raster_zoo import center_tile, decode, real_rasters, source
from tiling.inspect import inspect_raster
from tiling.models import Profile, ProfileKind
from tiling.render import render_tile


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
