"""Overviews and masks in files of their own: the picture is the one that GDAL reads by name."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import Resampling

from tests.tiling.against.reference import BY_NAME
from tests.tiling.raster_zoo import decode, source, write
from tiling.files.raster_source import RasterSource
from tiling.ingest.inspect import inspect_raster
from tiling.models import Profile, ProfileKind, TileAddress
from tiling.render import render_tile

ZOOM, SIDE = 12, 1024
PIXEL = 2 * 20037508.342789244 / 2**ZOOM / 256
GRID = Affine(PIXEL, 0, 0, 0, -PIXEL, 0)
"""Pixels of the raster are those of tiles: nothing is resampled."""
GRAY = Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(1,), rescale=((0.0, 255.0),))
FACTORS = (2, 4)


def picture(tmp_path: Path, *, mask_at: str, has_overviews: bool) -> Path:
    """A raster of noise whose mask is inside, in a `.msk`, or nowhere, with overviews in an `.ovr` or without any."""
    noise = np.random.default_rng(3)
    mask = noise.integers(0, 2, (SIDE // 32, SIDE // 32), dtype=np.uint8).repeat(32, 0).repeat(32, 1) * 255
    path = tmp_path / "x.tif"
    write(
        path, noise.integers(0, 256, (SIDE, SIDE), dtype=np.uint8), transform=GRID, tiled=True, blockxsize=256,
        blockysize=256, mask=mask if mask_at == "inside" else None,
    )  # fmt: skip
    if mask_at == "beside":
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
            dataset.write_mask(mask)
    if has_overviews:
        with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, "r+") as dataset:
            dataset.build_overviews(FACTORS, Resampling.average)
    return path


def by_name(path: Path, level: int | None, address: TileAddress) -> tuple[np.ndarray, np.ndarray]:
    """What GDAL reads of a level where a tile is, and where the raster as a whole is shown: (256, 256) each."""
    options = {} if level is None else {"overview_level": level}
    with rasterio.Env(**BY_NAME), rasterio.open(path) as whole, rasterio.open(path, **options) as dataset:
        middle = 2**address.z // 2
        row, column = (address.y - middle) * 256, (address.x - middle) * 256
        window = (slice(row, row + 256), slice(column, column + 256))
        return dataset.read(1)[window], whole.read_masks(1, out_shape=dataset.shape)[window] > 0


@pytest.mark.parametrize("mask_at", ["inside", "beside", "nowhere"])
@pytest.mark.parametrize("has_overviews", [True, False], ids=["with .ovr", "without"])
def test_the_picture_is_the_one_that_gdal_reads_by_name(tmp_path: Path, mask_at: str, has_overviews: bool) -> None:
    path = picture(tmp_path, mask_at=mask_at, has_overviews=has_overviews)
    files = {"x.tif"} | ({"x.tif.msk"} if mask_at == "beside" else set()) | ({"x.tif.ovr"} if has_overviews else set())
    assert {file.name.removesuffix(".aux.xml") for file in tmp_path.iterdir()} >= files
    assert inspect_raster(source(path)).has_overviews is has_overviews

    for level, zoom in enumerate((ZOOM, *((ZOOM - 1, ZOOM - 2) if has_overviews else ()))):
        middle = 2**zoom // 2
        for x, y in [(middle, middle), (middle + SIDE // 256 // 2**level - 1, middle)]:
            address = TileAddress(z=zoom, x=x, y=y)
            values, shown = by_name(path, level - 1 if level else None, address)
            ours = decode(render_tile(source(path), address, GRAY))
            assert np.array_equal(ours[..., 3] > 0, shown), address
            assert np.array_equal(ours[..., 0][shown], values[shown]), address


@pytest.mark.parametrize("kind", ["ovr", "msk"])
def test_a_sidecar_that_is_replaced_changes_the_picture(tmp_path: Path, kind: str) -> None:
    """It belongs to the source's version: who looked before sees what was there, or an error, never a mixture."""
    path = picture(tmp_path, mask_at="beside", has_overviews=True)
    address = TileAddress(z=ZOOM - 1, x=2 ** (ZOOM - 1) // 2, y=2 ** (ZOOM - 1) // 2)
    before = decode(render_tile(source(path), address, GRAY))
    path.with_name(f"x.tif.{kind}").unlink()
    after = decode(render_tile(RasterSource(path=str(path), version="later"), address, GRAY))
    assert not np.array_equal(before, after)
    assert (after[..., 3] > 0).all() == (kind == "msk")
