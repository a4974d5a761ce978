"""The tile cache and its keys."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.images import tile_cache
from service.delivery.images.tile_cache import OVERHEAD, PreviewKey, TileCache, TileKey, as_drawn, etag
from tests.catalogue.samples import make_profile
from tiling.files.raster_source import RasterSource
from tiling.geometry.clip import box_clip
from tiling.models import ImageFormat, ProfileKind, RenderedTile, TileAddress
from tiling.mosaic import MosaicPart, MosaicSource
from tiling.overlay import Finish
from tiling.watermark import Watermark

SOURCE = RasterSource(path="/root/a.tif", version="1-2-3")
KEY = TileKey(
    source=SOURCE, address=TileAddress(z=3, x=1, y=2), profile=make_profile(), format=ImageFormat.PNG, tilesize=256
)
PREVIEW = PreviewKey(source=SOURCE, profile=make_profile(), format=ImageFormat.PNG, max_size=256)
CHANGES: dict[str, list[Any]] = {
    "source": [
        replace(SOURCE, path="/root/b.tif"),
        replace(SOURCE, version="1-2-4"),
        MosaicSource(parts=(MosaicPart(source=SOURCE),), candidates=1),
        MosaicSource(parts=(MosaicPart(source=SOURCE, nodata=0.0),), candidates=1),
        MosaicSource(parts=(MosaicPart(source=SOURCE),), candidates=2),
        MosaicSource(parts=(MosaicPart(source=SOURCE),), candidates=2, overview=(SOURCE,)),
    ],
    "address": [TileAddress(z=3, x=2, y=1), TileAddress(z=4, x=1, y=2), TileAddress(z=3, x=1, y=3)],
    "profile": [
        make_profile(kind=ProfileKind.ELEVATION),
        make_profile(bands=(2,)),
        make_profile(bands=(), expression="b1+b2"),
        make_profile(rescale=((0.0, 254.0),)),
        make_profile(colormap="viridis"),
        make_profile(kind=ProfileKind.ELEVATION, algorithm="hillshade"),
        make_profile(resampling="bilinear"),
        make_profile(nodata=0.0),
        make_profile(nodata=float("nan")),
    ],
    "format": [ImageFormat.JPG, ImageFormat.WEBP],
    "box": [(0.0, 0.0, 1.0, 1.0)],
    "tilesize": [512],
    "max_size": [512],
    "credit": ["© Somebody"],
    "finish": [
        Finish(watermark=Watermark(text="A")),
        Finish(watermark=Watermark(text="A", font="f")),
        Finish(clip=box_clip((0.0, 0.0, 1.0, 1.0))),
    ],
}


def tile(size: int) -> RenderedTile:
    return RenderedTile(body=b"x" * size, media_type="image/png", width=256, height=256)


@pytest.mark.parametrize("key", [KEY, PREVIEW], ids=["tile", "preview"])
def test_each_part_of_the_key_gives_another_etag(key: TileKey | PreviewKey) -> None:
    others = [
        replace(key, **{field.name: value}) for field in fields(key) if field.init for value in CHANGES[field.name]
    ]
    assert len({etag(one, b"secret") for one in [key, *others]}) == len(others) + 1
    assert len({key, *others}) == len(others) + 1


def test_the_same_key_gives_the_same_etag() -> None:
    again = replace(KEY, source=replace(SOURCE), profile=make_profile(), address=TileAddress(z=3, x=1, y=2))
    assert etag(again, b"secret") == etag(KEY, b"secret")


def test_what_a_profile_is_called_changes_no_tile() -> None:
    called = make_profile(id="other", label="Another", is_default=False)
    assert as_drawn(called) == as_drawn(make_profile())
    assert as_drawn(replace(called, bands=(2,))) != as_drawn(make_profile())


def test_an_etag_is_strong_and_tells_nothing() -> None:
    assert etag(KEY, b"secret") != etag(KEY, b"another")
    assert etag(KEY, b"secret").strip('"').isalnum()
    assert etag(KEY, b"secret")[0] == etag(KEY, b"secret")[-1] == '"'


def test_another_renderer_gives_another_etag(monkeypatch: pytest.MonkeyPatch) -> None:
    before = etag(KEY, b"secret")
    monkeypatch.setattr(tile_cache, "RENDERER_VERSION", "next")
    assert etag(KEY, b"secret") != before


def test_a_tile_and_a_preview_are_never_taken_for_each_other() -> None:
    cache = TileCache(10**6)
    cache.put(KEY, tile(1))
    assert cache.get(PREVIEW) is None


def test_an_empty_tile_is_known_too() -> None:
    cache = TileCache(10**6)
    cache.put(KEY, RenderedTile(body=None, media_type="image/png", width=256, height=256))
    known = cache.get(KEY)
    assert known is not None
    assert known.is_empty


def test_the_least_recently_used_tile_goes_first() -> None:
    cache = TileCache(2 * (OVERHEAD + 100))
    keys = [replace(KEY, address=TileAddress(z=9, x=x, y=0)) for x in range(3)]
    cache.put(keys[0], tile(100))
    cache.put(keys[1], tile(100))
    cache.get(keys[0])
    cache.put(keys[2], tile(100))
    assert [cache.get(key) is not None for key in keys] == [True, False, True]


@given(st.integers(0, 20_000), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 8000)), max_size=40))
def test_the_cache_never_holds_more_than_its_bytes(max_bytes: int, puts: list[tuple[int, int]]) -> None:
    cache = TileCache(max_bytes)
    keys = [replace(KEY, address=TileAddress(z=9, x=x, y=0)) for x in range(10)]
    last = dict[int, int]()
    for x, size in puts:
        cache.put(keys[x], tile(size))
        if size + OVERHEAD <= max_bytes:
            last[x] = size
    held = [len(found.body or b"") for key in keys if (found := cache.get(key)) is not None]
    assert sum(held) + OVERHEAD * len(held) <= max_bytes
    for x, size in last.items():
        found = cache.get(keys[x])
        assert found is None or len(found.body or b"") == size
