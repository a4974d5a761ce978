from pathlib import Path

import pytest

from tests.tiling.raster_zoo import center_tile, decode, default_profile, real_rasters, source
from tiling.errors import RasterRefused
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat, TileAddress
from tiling.render import render_preview, render_tile

REFUSED = {"corrupt.tif": "truncated", "tiny_float_2x3.tif": "no coordinate system"}
SERVED = [path for path in real_rasters() if path.name not in REFUSED]
named = pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)


@pytest.mark.parametrize("path", [path for path in real_rasters() if path.name in REFUSED], ids=lambda path: path.name)
def test_a_raster_that_cannot_be_served_is_refused_with_the_reason(path: Path) -> None:
    with pytest.raises(RasterRefused, match=REFUSED[path.name]):
        inspect_raster(source(path))


@named
def test_a_raster_is_described_within_the_world(path: Path) -> None:
    description = inspect_raster(source(path))
    west, south, east, north = description.bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90
    assert west <= description.center[0] <= east
    assert south <= description.center[1] <= north
    assert 0 <= description.minzoom <= description.center[2] <= description.maxzoom <= 24
    assert sum(profile.is_default for profile in description.profiles) == 1
    assert len({profile.id for profile in description.profiles}) == len(description.profiles)


@named
def test_the_middle_is_painted_at_every_zoom_by_every_profile(path: Path) -> None:
    description = inspect_raster(source(path))
    for zoom in {description.minzoom, description.center[2], description.maxzoom}:
        for profile in description.profiles:
            tile = render_tile(source(path), center_tile(description, zoom), profile)
            assert decode(tile).shape == (256, 256, 4)
            assert decode(tile)[..., 3].any()


@named
@pytest.mark.parametrize("size", [256, 512])
@pytest.mark.parametrize("image_format", list(ImageFormat))
def test_every_format_and_size_decodes(path: Path, image_format: ImageFormat, size: int) -> None:
    description = inspect_raster(source(path))
    profile = default_profile(description)
    tile = render_tile(source(path), center_tile(description), profile, image_format, tilesize=size)
    assert decode(tile).shape == (size, size, 4)
    assert tile.media_type == image_format.media_type
    assert (tile.width, tile.height) == (size, size)


@named
def test_no_zoom_and_no_neighbour_fails(path: Path) -> None:
    description = inspect_raster(source(path))
    profile = default_profile(description)
    for zoom in {0, 1, max(description.minzoom - 2, 0), description.maxzoom + 3, 30}:
        middle = center_tile(description, zoom)
        for dx, dy in ((0, 0), (1, 0), (-1, 1)):
            x, y = (middle.x + dx) % 2**zoom, min(middle.y + dy, 2**zoom - 1)
            render_tile(source(path), TileAddress(z=zoom, x=x, y=y), profile)


@pytest.mark.parametrize("size", [0, 15, 2049, 10**9])
def test_a_preview_of_a_silly_size_is_refused(size: int) -> None:
    path = SERVED[0]
    with pytest.raises(ValueError, match="max_size"):
        render_preview(source(path), default_profile(inspect_raster(source(path))), max_size=size)


@named
def test_a_preview_shows_the_whole_raster(path: Path) -> None:
    description = inspect_raster(source(path))
    preview = render_preview(source(path), default_profile(description), max_size=200)
    assert max(preview.width, preview.height) == 200
    pixels = decode(preview)
    assert pixels.shape == (preview.height, preview.width, 4)
    assert pixels[..., 3].any()
