"""Tiles that are found again without GDAL: the same bytes, or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from tests.tiling.raster_zoo import source
from tests.tiling.source.test_stored_blocks import GRAY, RGB, TILE, ZOOM, stored, web_aligned
from tiling.models import ImageFormat, Profile, RenderedTile, TileAddress
from tiling.render import render_tile, tile_at_once

pytestmark = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="this system cannot read without waiting")

SIDE = 4


def address(x: int, y: int) -> TileAddress:
    return TileAddress(z=ZOOM, x=TILE.x + x, y=TILE.y + y)


def at_once(
    path: Path, x: int, y: int, image_format: ImageFormat = ImageFormat.JPG, profile: Profile = RGB
) -> RenderedTile | None:
    return tile_at_once(source(path), address(x, y), profile, image_format, 256)


def render(path: Path, x: int, y: int, image_format: ImageFormat = ImageFormat.JPG) -> RenderedTile:
    return render_tile(source(path), address(x, y), RGB, image_format)


@pytest.fixture
def path() -> Iterator[Path]:
    """A path on a disk: a file system in memory has no way to read without waiting."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        try:
            with (Path(folder) / "probe").open("w+b") as probe:
                probe.write(b"x")
                probe.flush()
                os.preadv(probe.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError:
            pytest.skip("this file system cannot read without waiting")
        yield Path(folder) / "web.tif"


@pytest.mark.parametrize("image_format", [ImageFormat.JPG, ImageFormat.WEBP])
def test_once_a_tile_was_rendered_all_of_its_row_are_the_same_bytes(path: Path, image_format: ImageFormat) -> None:
    web_aligned(path, compress="JPEG" if image_format is ImageFormat.JPG else "WEBP")
    for y in range(SIDE):
        assert at_once(path, 0, y, image_format) is None
        render(path, 2, y, image_format)
        for x in range(SIDE):
            assert at_once(path, x, y, image_format) == render(path, x, y, image_format)


def test_what_is_not_in_the_row_is_not_known(path: Path) -> None:
    web_aligned(path, compress="JPEG")
    render(path, 0, 0)
    for x, y in ((-1, 0), (SIDE, 0), (0, 1)):
        assert at_once(path, x, y) is None
    assert at_once(path, 0, 0, ImageFormat.WEBP) is None
    assert at_once(path, 0, 0, profile=GRAY) is None


def test_another_version_of_the_file_is_not_known(path: Path) -> None:
    web_aligned(path, compress="JPEG")
    render(path, 0, 0)
    os.utime(path, ns=(1, 1))
    assert at_once(path, 0, 0) is None


def test_nothing_is_learned_of_a_raster_with_a_mask(path: Path) -> None:
    web_aligned(path, compress="JPEG", mask=True)
    render(path, 1, 1)
    assert at_once(path, 1, 1) is None


def test_nothing_is_learned_of_a_row_that_is_aligned_at_one_end_only(path: Path, tmp_path: Path) -> None:
    web_aligned(tmp_path / "straight.tif", compress="JPEG")
    with rasterio.open(tmp_path / "straight.tif") as straight:
        options = straight.profile | {"transform": straight.transform @ Affine.scale(1 + 2e-6, 1), "driver": "GTiff"}
        with rasterio.open(path, "w", **options) as stretched:
            stretched.write(np.asarray(straight.read()))
    render(path, 0, 0)
    assert at_once(path, 0, 0) is None


def test_a_damaged_block_is_left_to_who_tells_of_it(path: Path) -> None:
    web_aligned(path, compress="JPEG")
    data, block = path.read_bytes(), stored(path, 0, 1)
    path.write_bytes(data.replace(block, b"\xff\xd8" + b"?" * (len(block) - 2)))
    render(path, 0, 0)
    assert at_once(path, 0, 0) is not None
    assert at_once(path, 1, 0) is None
