"""A text across pictures: seamless, legible on any ground, in whatever language."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.mosaics import ZOOM, write_at
from tests.tiling.raster_zoo import GRAY, decode, source
from tiling.encode import Painting
from tiling.errors import ProfileInvalid
from tiling.geometry.clip import box_clip
from tiling.geometry.grid import tile_grid
from tiling.models import ImageFormat, Profile, ProfileKind, TileAddress
from tiling.overlay import Finish
from tiling.render import render_tile
from tiling.watermark import Watermark, cleaned, mark, stamp_of, undrawable

ADDRESS = TileAddress(z=ZOOM, x=2200, y=1400)
TEXT = Watermark(text="Draft for ACME Ltd, 21 November")
LONG = "Strictly confidential: for the eyes of the recipients alone, not to be passed on to anybody else. " * 2


def ground(gray: int, size: int = 256, bands: int = 3) -> Painting:
    return Painting(colors=np.full((size, size, bands), gray, np.uint8), alpha=np.full((size, size), 255, np.uint8))


@pytest.mark.parametrize("text", [TEXT.text, LONG, "Черновик", "草案 · ドラフト", "مسودة", "🗺️", "\u202e\x07 \u200b"])
def test_any_text_is_drawn_and_is_seen_on_dark_and_on_light(text: str) -> None:
    drawn = [
        mark(ground(gray), tile_grid(ADDRESS, 256), Watermark(text=text)).colors.astype(int) for gray in (0, 128, 255)
    ]
    for gray, colors in zip((0, 128, 255), drawn, strict=True):
        assert (np.abs(colors - gray) > 60).mean() < 0.5
        assert (np.abs(colors - gray) > 60).mean() > (0.002 if cleaned(text).strip() else -1)


def test_it_goes_on_over_the_borders_of_tiles() -> None:
    parent = TileAddress(z=ZOOM - 1, x=ADDRESS.x // 2, y=ADDRESS.y // 2)
    whole = mark(ground(90, 512), tile_grid(parent, 512), TEXT).colors
    quarters = [
        [mark(ground(90), tile_grid(TileAddress(z=ZOOM, x=2200 + dx, y=1400 + dy), 256), TEXT).colors for dx in (0, 1)]
        for dy in (0, 1)
    ]
    joined = np.concatenate([np.concatenate(row, axis=1) for row in quarters], axis=0)
    assert (joined == whole).all()


def test_a_stamp_joins_itself_on_all_sides() -> None:
    opacity = stamp_of(TEXT).opacity.astype(int)
    inner = max(np.abs(np.diff(opacity, axis=axis)).sum(axis=1 - axis).max() for axis in (0, 1))
    seams = np.abs(opacity[0] - opacity[-1]).sum(), np.abs(opacity[:, 0] - opacity[:, -1]).sum()
    assert max(seams) <= inner
    assert opacity[0].any() or opacity[:, 0].any()  # something does lie on a seam


def test_gray_stays_gray_and_a_palette_becomes_colours() -> None:
    grid = tile_grid(ADDRESS, 256)
    assert mark(ground(90, bands=1), grid, TEXT).colors.shape == (256, 256, 1)
    lut = np.tile(np.array([[10, 20, 30, 255]], np.uint8), (256, 1))
    palette = Painting(colors=np.zeros((256, 256, 1), np.uint8), alpha=ground(0).alpha, palette=lut)
    assert mark(palette, grid, TEXT).colors.shape == (256, 256, 3)


def test_tiles_carry_it_where_they_show_something(tmp_path: Path) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 40, np.uint8))
    west, south, east, north = ADDRESS.lonlat_bounds
    clip = box_clip((west, south, (west + east) / 2, north))
    tile = decode(render_tile(source(path), ADDRESS, GRAY, ImageFormat.PNG, 256, Finish(clip=clip, watermark=TEXT)))
    assert (tile[:, :128, 3] == 255).all()
    assert len(np.unique(tile[:, :128, 0])) > 10
    assert not tile[:, 128:].any()


def test_terrain_is_refused(tmp_path: Path) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 40, np.uint8))
    terrain = Profile(id="t", label="T", kind=ProfileKind.TERRAIN, algorithm="terrainrgb")
    with pytest.raises(ProfileInvalid):
        render_tile(source(path), ADDRESS, terrain, ImageFormat.PNG, 256, Finish(watermark=TEXT))


def test_letters_that_the_font_lacks_are_named() -> None:
    assert undrawable(Watermark(text="Entwurf für ÖBB — café, Łódź, 5 €")) == ""
    assert (stamp_of(Watermark(text="für")).opacity == stamp_of(Watermark(text="fur")).opacity).all()
    assert undrawable(Watermark(text="草案 a")) == "草案"


def test_another_font_may_have_them() -> None:
    font = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if font is None:
        pytest.skip("there is no DejaVu here")
    text = Watermark(text="Черновик für Ωμέγα", font=str(font))
    assert undrawable(text) == ""
    assert undrawable(Watermark(text=text.text)) != ""
    assert stamp_of(text) is not stamp_of(Watermark(text=text.text))
