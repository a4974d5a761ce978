"""Items in SQL."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from service.catalogue.item import Item
from service.catalogue.store import ItemStore
from service.delivery.images.tile_cache import TileKey
from service.identifiers import ItemId, new_id
from tests.catalogue.samples import NOW, make_item, make_profile, make_raster
from tests.links.samples import store_account
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, TileAddress

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.bootstrap import Account


@pytest.fixture
async def account(engine: AsyncEngine) -> Account:
    return await store_account(engine)


@pytest.fixture
def store(engine: AsyncEngine) -> ItemStore:
    return ItemStore(engine)


async def test_an_item_comes_back_as_it_was(store: ItemStore, account: Account) -> None:
    for item in (
        make_item(project_id=account.project_id, name="Ünïcode 🗺", path="a/b c.tif"),
        make_item(project_id=account.project_id, raster=None, profiles=(), warnings=(), deleted_at=NOW),
        make_item(project_id=account.project_id, raster=make_raster(-9999.5)),
    ):
        await store.add(item)
        assert await store.get(item.id) == item
    assert await store.get(ItemId(new_id("itm"))) is None


async def test_nodata_may_be_not_a_number(engine: AsyncEngine, store: ItemStore, account: Account) -> None:
    """JSON has no NaN, and PostgreSQL refuses one."""
    profiles = (make_profile(nodata=math.nan), make_profile(id="b", nodata=0.0), make_profile(id="c"))
    item = make_item(project_id=account.project_id, raster=make_raster(math.nan), profiles=profiles)
    await store.add(item)
    found = await store.get(item.id)
    assert found is not None
    assert found.raster is not None
    assert [str(profile.nodata) for profile in found.profiles] == ["nan", "0.0", "None"]
    assert str(found.raster.bands[0].nodata) == "nan"
    async with engine.connect() as connection:
        columns = (
            await connection.execute(text("SELECT CAST(raster AS TEXT), CAST(profiles AS TEXT) FROM items"))
        ).one()
    for column in columns:
        json.loads(column, parse_constant=pytest.fail)


async def test_an_item_that_was_read_again_has_the_same_tiles(store: ItemStore, account: Account) -> None:
    """No two NaN are equal, but the cache must know a tile again when its item was read anew."""
    item = make_item(project_id=account.project_id, profiles=(make_profile(nodata=float("nan")),))
    await store.add(item)

    async def key() -> TileKey:
        found = await store.get(item.id)
        assert found is not None
        source = RasterSource(path="/a", version="1")
        address = TileAddress(z=1, x=0, y=0)
        return TileKey(
            source=source, address=address, profile=found.profile(None), format=ImageFormat.PNG, tilesize=256
        )

    assert len({await key(), await key()}) == 1


async def test_saving_raises_the_version(store: ItemStore, account: Account) -> None:
    item = make_item(project_id=account.project_id)
    await store.add(item)
    saved = await store.save(replace(item, name="New"))
    assert (saved.version, saved.name) == (2, "New")
    assert abs(saved.updated_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert await store.get(item.id) == saved


async def test_a_file_is_found_in_its_project_while_it_lives(store: ItemStore, account: Account) -> None:
    older = make_item(project_id=account.project_id)
    newer = make_item(project_id=account.project_id, created_at=NOW + timedelta(seconds=1))
    for item in (older, newer):
        await store.add(item)
    assert await store.find(account.project_id, "files", "a.tif") == newer
    await store.save(replace(newer, deleted_at=NOW))
    assert await store.find(account.project_id, "files", "a.tif") == older
    for root, path in (("files", "b.tif"), ("other", "a.tif"), ("files", "A.TIF")):
        assert await store.find(account.project_id, root, path) is None


async def test_pages_hold_every_live_item_once_in_order(
    engine: AsyncEngine, store: ItemStore, account: Account
) -> None:
    other = await store_account(engine, "Other")
    wanted = [
        make_item(project_id=account.project_id, created_at=NOW + timedelta(microseconds=n // 3)) for n in range(20)
    ]
    for item in [
        *wanted,
        make_item(project_id=other.project_id),
        make_item(project_id=account.project_id, deleted_at=NOW),
    ]:
        await store.add(item)
    seen, after = list[Item](), None
    while page := await store.list([account.project_id], after=after, limit=3):
        assert len(page) <= 3
        seen += page
        after = (page[-1].created_at, page[-1].id)
    assert seen == sorted(wanted, key=lambda item: (item.created_at, item.id))
    assert await store.list([], after=None, limit=3) == []
