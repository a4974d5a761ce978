"""Blocks read without GDAL: what they decode to, and tiles that are blocks."""

import io
from pathlib import Path

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image
from rasterio.shutil import copy

from tests.tiling.raster_zoo import OWN_DATA, SHARED_DATA, source
from tiling.errors import SourceUnreadable
from tiling.models import ImageFormat, Profile, ProfileKind, RenderedTile, TileAddress
from tiling.render import render_tile
from tiling.source.opening import Raster, borrow

RGB = Profile(id="rgb", label="RGB", kind=ProfileKind.RGB)
GRAY = Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(1,))
ZOOM, TILE = 13, mercantile.Tile(4300, 2900, 13)


def texture(bands: int, side: int, seed: int = 1) -> np.ndarray:
    """Smooth colours with some noise, as photographs have, (bands, side, side)."""
    noise = np.random.default_rng(seed).normal(size=(bands, side // 16, side // 16))
    smooth = np.kron(noise, np.ones((16, 16))) * 40 + 128
    return np.clip(smooth + np.random.default_rng(seed + 1).normal(size=smooth.shape) * 6, 0, 255).astype(np.uint8)


def web_aligned(
    path: Path, *, tiles: int = 4, block: int = 256, bands: int = 3, mask: bool = False, **options: object
) -> Path:
    """A COG of `tiles` by `tiles` blocks that are tiles of `ZOOM`; `mask` hides a corner of the first one."""
    left, top = mercantile.xy_bounds(TILE).left, mercantile.xy_bounds(TILE).top
    pixel = (mercantile.xy_bounds(TILE).right - left) / block
    side = tiles * block
    place = {"crs": "EPSG:3857", "transform": Affine(pixel, 0, left, 0, -pixel, top)}
    with rasterio.MemoryFile() as file, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with file.open(driver="GTiff", width=side, height=side, count=bands, dtype="uint8", **place) as dataset:
            dataset.write(texture(bands, side))
            if mask:
                hidden = np.full((side, side), 255, dtype=np.uint8)
                hidden[:50, :50] = 0
                dataset.write_mask(hidden)
        copy(file.name, path, driver="COG", blocksize=block, overviews="NONE", **options)
    return path


def tile(
    path: Path, image_format: ImageFormat, dx: int = 0, dy: int = 0, profile: Profile = RGB, size: int = 256
) -> RenderedTile:
    address = TileAddress(z=ZOOM, x=TILE.x + dx, y=TILE.y + dy)
    return render_tile(source(path), address, profile, image_format, 512 if size == 512 else 256)


def pixels(body: bytes | None) -> np.ndarray:
    assert body is not None
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)


def stored(path: Path, row: int = 0, column: int = 0) -> bytes:
    """The block as the file holds it."""
    with rasterio.open(path) as dataset:
        offset, size = (
            int(dataset.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=1)) for what in ("OFFSET", "SIZE")
        )
    return path.read_bytes()[offset : offset + size]


@pytest.mark.parametrize(("block", "bands"), [(256, 3), (512, 3), (256, 1)])
def test_an_aligned_jpeg_block_is_the_tile(tmp_path: Path, block: int, bands: int) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG", block=block, bands=bands)
    sent = tile(path, ImageFormat.JPG, 1, 2, RGB if bands == 3 else GRAY, size=block)
    assert sent.body is not None
    assert stored(path, 2, 1)[-1000:] == sent.body[-1000:]
    with rasterio.open(path) as dataset:
        gdal = dataset.read(window=((2 * block, 3 * block), (block, 2 * block))).mean(axis=0)
    assert np.abs(pixels(sent.body).mean(axis=2) - gdal).mean() < 1.5


def test_an_aligned_webp_block_is_the_tile(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="WEBP")
    assert tile(path, ImageFormat.WEBP, 3, 1).body == stored(path, 1, 3)


def test_a_tile_that_is_no_block_is_rendered(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    stretched = Profile(id="s", label="S", kind=ProfileKind.RGB, rescale=((10.0, 200.0),))
    hides_a_value = Profile(id="n", label="N", kind=ProfileKind.RGB, nodata=7.0)
    swapped = Profile(id="b", label="B", kind=ProfileKind.RGB, bands=(3, 2, 1))
    block = stored(path)[-1000:]
    assert tile(path, ImageFormat.JPG).body[-1000:] == block  # type: ignore[index]
    for image_format, profile, size in [
        (ImageFormat.PNG, RGB, 256), (ImageFormat.WEBP, RGB, 256), (ImageFormat.JPG, RGB, 512),
        (ImageFormat.JPG, stretched, 256), (ImageFormat.JPG, hides_a_value, 256), (ImageFormat.JPG, swapped, 256),
        (ImageFormat.JPG, GRAY, 256),
    ]:  # fmt: skip
        body = tile(path, image_format, profile=profile, size=size).body
        assert body is not None
        assert body[-1000:] != block


def test_what_a_mask_hides_is_not_sent(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG", mask=True)
    assert (pixels(tile(path, ImageFormat.JPG).body)[:40, :40] == 255).mean() > 0.99
    assert tile(path, ImageFormat.JPG, 1).body[-1000:] == stored(path, 0, 1)[-1000:]  # type: ignore[index]


def test_a_png_of_an_aligned_block_shows_its_very_pixels(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    assert (pixels(tile(path, ImageFormat.PNG).body) == pixels(tile(path, ImageFormat.JPG).body)).all()


def test_decoded_jpeg_blocks_are_those_of_gdal_but_for_how_colour_is_interpolated(tmp_path: Path) -> None:
    """Luminance is stored in full and agrees to rounding; colour, at half the resolution, is interpolated by taste."""
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    with borrow(source(path)) as raster, rasterio.open(path) as dataset:
        level = raster.level_for(1.0)
        assert level.stored is not None
        ours = level.stored.pixels(1, 1).astype(int)
        gdal = dataset.read(window=((256, 512), (256, 512))).astype(int).transpose(1, 2, 0)
    to_luminance = np.array([0.299, 0.587, 0.114])
    assert np.abs(ours @ to_luminance - gdal @ to_luminance).max() <= 4
    assert np.abs(ours - gdal).mean() < 4


@pytest.mark.parametrize("name", ["RGB.byte.tif", "extovr_green.tif", "rgba_uint16.tif"])
def test_blocks_that_are_no_pictures_are_left_to_gdal(name: str) -> None:
    path = OWN_DATA / name if (OWN_DATA / name).exists() else SHARED_DATA / name
    with borrow(source(path)) as raster:
        assert raster.level_for(1.0).stored is None


def test_a_damaged_block_is_told_and_never_sent(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    data, block = path.read_bytes(), stored(path)
    at = data.index(block)
    path.write_bytes(data[:at] + b"\xff\xd8" + b"<html>" * (len(block) // 6) + data[at + 2 + len(block) // 6 * 6 :])
    for image_format in (ImageFormat.JPG, ImageFormat.PNG):
        with pytest.raises(SourceUnreadable):
            tile(path, image_format)
        assert tile(path, image_format, 1).body is not None


def test_a_block_of_another_size_than_the_file_says_is_refused(tmp_path: Path) -> None:
    """As is one that would be decoded into gigabytes."""
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    data, block = path.read_bytes(), stored(path)
    frame = block.index(b"\xff\xc0") + 5
    forged = block[:frame] + b"\xff\x00\xff\x00" + block[frame + 4 :]
    path.write_bytes(data.replace(block, forged))
    for image_format in (ImageFormat.JPG, ImageFormat.PNG):
        with pytest.raises(SourceUnreadable):
            tile(path, image_format)


def test_a_file_replaced_while_it_is_open_is_never_read_by_the_old_ones_offsets(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG")
    old = source(path)
    with borrow(old) as raster:
        before = raster.level_for(1.0).stored.pixels(0, 0)  # type: ignore[union-attr]
        web_aligned(tmp_path / "other.tif", compress="JPEG", tiles=2).rename(path)
        assert isinstance(raster, Raster)
        assert (raster.level_for(1.0).stored.pixels(0, 0) == before).all()  # type: ignore[union-attr]
    assert (pixels(tile(path, ImageFormat.PNG, 1, 1).body) >= 0).all()


def test_gray_jpeg_is_decoded_as_gray(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "web.tif", compress="JPEG", bands=1)
    with rasterio.open(path) as dataset:
        gdal = dataset.read(1, window=((0, 256), (0, 256))).astype(int)
    assert np.abs(pixels(tile(path, ImageFormat.PNG, profile=GRAY).body)[..., 0] - gdal).max() <= 2
