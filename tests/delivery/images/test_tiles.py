"""Tiles: from the cache, or rendered once for all who ask at the same time."""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from service.catalogue.collection_store import CollectionStore
from service.catalogue.storage.roots import StorageRoots
from service.delivery.images import tiles as tiles_module
from service.delivery.images.mosaics import Mosaics
from service.delivery.images.overviews import Overviews
from service.delivery.images.sources import LOOK_AGAIN_SECONDS, Sources
from service.delivery.images.tile_cache import PreviewKey, TileCache, TileKey
from service.delivery.images.tiles import Tiles
from service.delivery.pool.render_pool import RenderPool
from service.errors import BadInput, Gone, SourceFailed, TilegateError
from service.identifiers import OURS
from tests.catalogue.samples import make_item, make_profile
from tests.conftest import DATA
from tests.delivery.lanes import heavy_lane
from tiling.errors import ProfileInvalid, SourceGone, SourceUnreadable
from tiling.files.range_cache import RangeCache
from tiling.models import ImageFormat, RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from service.catalogue.item import Item

TILE = RenderedTile(body=b"a tile", media_type="image/png", width=256, height=256)
ITEM = make_item(path="RGB.byte.tif", profiles=(make_profile(),))


class Renderer:
    """Stands in for the pixels: counts, and can be held."""

    def __init__(self) -> None:
        self.rendered = 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.error: Exception | None = None

    def __call__(self, *_: object) -> RenderedTile:
        self.rendered += 1
        self.may_end.wait(10)
        if self.error is not None:
            raise self.error
        return TILE


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Renderer:
    made = Renderer()
    monkeypatch.setattr(tiles_module, "render_tile", made)
    monkeypatch.setattr(tiles_module, "render_preview", made)
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copy(DATA / "RGB.byte.tif", tmp_path)
    return tmp_path


@pytest.fixture
async def tiles(root: Path) -> AsyncIterator[Tiles]:
    with RangeCache() as cache:
        sources = Sources(StorageRoots({"files": root}), cache)
        collections = CollectionStore(create_async_engine("sqlite+aiosqlite://"))  # never asked here
        async with heavy_lane() as heavy, RenderPool(threads=4, queue=200, wait=5, timeout=10) as pool:
            overviews = Overviews(root / "overviews", collections, sources, heavy, max_bytes=0)
            mosaics = Mosaics(collections, sources, overviews)
            yield Tiles(sources, mosaics, TileCache(2**20), pool, heavy=heavy)


async def key_of(tiles: Tiles, x: int = 0, item: Item = ITEM) -> TileKey:
    return await tiles.keys.tile(item, TileAddress(z=9, x=x, y=0), item.profile(None), ImageFormat.PNG, 256)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  (what it waits for happens in a thread)
            await asyncio.sleep(0.001)


async def test_a_tile_is_rendered_once_and_then_cached(tiles: Tiles, renderer: Renderer) -> None:
    key = await key_of(tiles)
    first, second = await tiles.get(key, OURS), await tiles.get(key, OURS)
    assert (first.tile, first.cached) == (TILE, False)
    assert (second.tile, second.cached) == (TILE, True)
    assert renderer.rendered == 1


async def test_fifty_who_ask_at_once_share_one_render(tiles: Tiles, renderer: Renderer) -> None:
    key = await key_of(tiles)
    renderer.may_end.clear()
    tasks = [asyncio.create_task(tiles.get(key, OURS)) for _ in range(50)]
    await until(lambda: renderer.rendered == 1)
    renderer.may_end.set()
    assert {(await task).cached for task in tasks} == {False}
    assert renderer.rendered == 1


async def test_other_tiles_are_rendered_beside_it(tiles: Tiles, renderer: Renderer) -> None:
    keys = [await key_of(tiles, x) for x in range(20)]
    await asyncio.gather(*(tiles.get(key, OURS) for key in keys for _ in range(3)))
    assert renderer.rendered == 20


async def test_one_who_gives_up_does_not_stop_the_others(tiles: Tiles, renderer: Renderer) -> None:
    key = await key_of(tiles)
    renderer.may_end.clear()
    tasks = [asyncio.create_task(tiles.get(key, OURS)) for _ in range(5)]
    await until(lambda: renderer.rendered == 1)
    for task in (tasks[0], tasks[4]):
        task.cancel()
    await asyncio.sleep(0)
    renderer.may_end.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [True, False, False, False, True]
    assert renderer.rendered == 1


async def test_a_render_that_all_gave_up_is_kept_for_the_next(tiles: Tiles, renderer: Renderer) -> None:
    key = await key_of(tiles)
    renderer.may_end.clear()
    task = asyncio.create_task(tiles.get(key, OURS))
    await until(lambda: renderer.rendered == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    renderer.may_end.set()
    await until(lambda: tiles._renders.are_idle)
    assert (await tiles.get(key, OURS)).cached
    assert renderer.rendered == 1


@pytest.mark.parametrize(
    ("raised", "told", "code"),
    [
        pytest.param(SourceGone("gone"), Gone, "target_gone", id="gone"),
        pytest.param(SourceUnreadable("bad"), SourceFailed, "source_unreadable", id="unreadable"),
        pytest.param(ProfileInvalid("no", field="format"), BadInput, "format_unsupported", id="format"),
        pytest.param(ProfileInvalid("no", field="bands"), BadInput, "field_invalid", id="profile"),
    ],
)
async def test_failures_are_told_to_all_and_not_kept(
    tiles: Tiles, renderer: Renderer, raised: Exception, told: type[TilegateError], code: str
) -> None:
    key = await key_of(tiles)
    renderer.error = raised
    outcomes = await asyncio.gather(*(tiles.get(key, OURS) for _ in range(5)), return_exceptions=True)
    assert [(type(one), one.code) for one in outcomes if isinstance(one, TilegateError)] == [(told, code)] * 5
    renderer.error = None
    assert not (await tiles.get(key, OURS)).cached


async def test_a_failure_that_all_gave_up_is_told_to_nobody(tiles: Tiles, renderer: Renderer) -> None:
    key = await key_of(tiles)
    renderer.may_end.clear()
    renderer.error = SourceUnreadable("bad")
    task = asyncio.create_task(tiles.get(key, OURS))
    await until(lambda: renderer.rendered == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    renderer.may_end.set()
    await until(lambda: tiles._renders.are_idle)


async def test_a_preview_is_cached_beside_its_tiles(tiles: Tiles, renderer: Renderer) -> None:
    preview = await tiles.keys.preview(ITEM, ITEM.profile(None), ImageFormat.PNG, 256)
    assert isinstance(preview, PreviewKey)
    await tiles.get(await key_of(tiles), OURS)
    assert not (await tiles.get(preview, OURS)).cached
    assert (await tiles.get(preview, OURS)).cached
    assert renderer.rendered == 2


async def test_a_replaced_file_has_new_tiles_within_about_a_second(tiles: Tiles, root: Path) -> None:
    before = await key_of(tiles)
    shutil.copy(DATA / "shade.tif", root / "new.tif")
    (root / "new.tif").rename(root / "RGB.byte.tif")
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while await key_of(tiles) == before:  # noqa: ASYNC110  (it notices when it looks)
        await asyncio.sleep(0.02)
    assert loop.time() - begin < LOOK_AGAIN_SECONDS + 0.5
    assert (await key_of(tiles)).source.path == before.source.path


async def test_a_removed_file_is_gone_within_about_a_second(tiles: Tiles, root: Path) -> None:
    await key_of(tiles)
    (root / "RGB.byte.tif").unlink()
    await asyncio.sleep(LOOK_AGAIN_SECONDS + 0.1)
    with pytest.raises(Gone) as gone:
        await key_of(tiles)
    assert gone.value.code == "target_gone"
    shutil.copy(DATA / "RGB.byte.tif", root)
    await key_of(tiles)


async def test_the_disk_is_asked_once_a_second(tiles: Tiles, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[Any]()
    locate = StorageRoots.look
    monkeypatch.setattr(StorageRoots, "look", lambda *args: looks.append(args) or locate(*args))
    for x in range(30):
        await key_of(tiles, x)
    assert len(looks) == 1


async def test_a_real_raster_is_rendered_described_and_refused(tiles: Tiles, root: Path) -> None:
    described = await tiles.inspect("files", "RGB.byte.tif", OURS)
    item = make_item(path="RGB.byte.tif", raster=described, profiles=described.profiles)
    longitude, latitude, _ = described.center
    assert described.bounds[0] < longitude < described.bounds[2]
    assert described.bounds[1] < latitude < described.bounds[3]
    preview = await tiles.keys.preview(item, item.profile(None), ImageFormat.PNG, 64)
    assert ((await tiles.get(preview, OURS)).tile.body or b"").startswith(b"\x89PNG")
    (root / "no.tif").write_bytes(b"not a raster")
    with pytest.raises(BadInput) as refused:
        await tiles.inspect("files", "no.tif", OURS)
    assert refused.value.field == "path"
    with pytest.raises(BadInput, match="no such file"):
        await tiles.inspect("files", "nothing.tif", OURS)
