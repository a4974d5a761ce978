"""Collections in SQL, and how they follow their items."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from service.catalogue.collection import Collection
from service.catalogue.collection_store import CollectionStore
from service.catalogue.store import ItemStore
from service.database.outbox import OutboxStore
from service.errors import BadInput, Conflict
from service.identifiers import CollectionId, ItemId, ProjectId, new_id
from tests.catalogue.samples import NOW, make_item, make_profile, make_raster
from tests.links.samples import store_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.bootstrap import Account
    from service.catalogue.item import Item


class Catalogue:
    """Items and collections of one project."""

    def __init__(self, engine: AsyncEngine, account: Account) -> None:
        self.items, self.collections = ItemStore(engine), CollectionStore(engine)
        self.outbox = OutboxStore(engine)
        self.account = account

    async def item(self, **changes: object) -> Item:
        item = make_item(project_id=self.account.project_id, **changes)
        await self.items.add(item)
        return item

    async def collection(self, items: Sequence[Item], **changes: object) -> Collection:
        collection = replace(draft(self.account.project_id), **changes)  # type: ignore[arg-type]
        return await self.collections.add(collection, [item.id for item in items])

    async def order(self, collection: Collection) -> list[ItemId]:
        found = await self.collections.members(collection.id)
        assert found is not None
        return [member.item_id for member in found[1]]

    async def now(self, collection: Collection) -> Collection:
        found = await self.collections.get(collection.id)
        assert found is not None
        return found


def draft(project_id: ProjectId) -> Collection:
    return Collection(
        id=CollectionId(new_id("col")),
        project_id=project_id,
        name="A collection",
        description="",
        own_profiles=(),
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.fixture
async def catalogue(engine: AsyncEngine) -> Catalogue:
    return Catalogue(engine, await store_account(engine))


async def test_a_collection_comes_back_as_it_was(catalogue: Catalogue) -> None:
    nodata = make_profile(nodata=math.nan)
    items = [await catalogue.item(profiles=(nodata,), raster=make_raster(math.nan)), await catalogue.item()]
    added = await catalogue.collection(items, own_profiles=(make_profile(id="own", nodata=math.nan),))
    assert await catalogue.now(added) == added
    assert (added.item_count, added.profiles, added.extent.bounds) == (2, added.own_profiles, make_raster().bounds)
    version, members = await catalogue.collections.members(added.id) or (0, ())
    assert version == added.members_version
    assert [(member.item_id, member.path) for member in members] == [(item.id, item.path) for item in items]
    assert [str(member.nodata) for member in members] == ["nan", "None"]
    assert await catalogue.collections.get(CollectionId("col_unknown")) is None
    assert await catalogue.collections.members(CollectionId("col_unknown")) is None


async def test_a_refused_collection_leaves_nothing_behind(catalogue: Catalogue) -> None:
    item = await catalogue.item()
    other = make_item(project_id=catalogue.account.project_id)
    with pytest.raises(BadInput) as refused:
        await catalogue.collection([item, other])
    assert refused.value.field == "item_ids.1"
    assert await catalogue.collections.list([catalogue.account.project_id], after=None, limit=9) == []
    assert await catalogue.collections.holding(item.id) == []


async def test_the_profiles_are_those_that_all_items_share_as_the_first_has_them(catalogue: Catalogue) -> None:
    first = (make_profile(id="a", is_default=False), make_profile(id="b", rescale=((0.0, 9.0),), nodata=5.0))
    second = (make_profile(id="b", rescale=((0.0, 7.0),)), make_profile(id="c", is_default=False))
    added = await catalogue.collection([await catalogue.item(profiles=first), await catalogue.item(profiles=second)])
    assert added.profiles == (make_profile(id="b", rescale=((0.0, 9.0),)),)


async def test_a_profile_for_more_bands_than_an_item_has_is_not_shared(catalogue: Catalogue) -> None:
    profiles = (make_profile(), make_profile(id="b2", bands=(2,), is_default=False))
    added = await catalogue.collection([await catalogue.item(profiles=profiles)])
    assert [profile.id for profile in added.profiles] == ["default"]


async def test_a_change_of_an_item_changes_what_is_known_of_it(catalogue: Catalogue) -> None:
    items = [await catalogue.item(), await catalogue.item(), await catalogue.item()]
    added, aside = await catalogue.collection(items), await catalogue.collection(items[1:])
    renamed = await catalogue.items.save(replace(items[0], name="New"))
    assert await catalogue.now(added) == added
    await catalogue.items.save(replace(renamed, profiles=(make_profile(nodata=7.0),)))
    changed = await catalogue.now(added)
    assert changed.members_version == changed.version == added.version + 1
    _, members = await catalogue.collections.members(added.id) or (0, ())
    assert [member.nodata for member in members] == [7.0, None, None]
    assert await catalogue.now(aside) == aside
    waiting = {(change.kind, change.record_id, change.version) for change in await catalogue.outbox.waiting()}
    assert ("collection", added.id, changed.version) in waiting


async def test_a_collection_keeps_its_profiles_when_its_items_share_none_any_more(catalogue: Catalogue) -> None:
    items = [await catalogue.item(), await catalogue.item()]
    added = await catalogue.collection(items)
    await catalogue.items.save(replace(items[1], profiles=(make_profile(id="other"),)))
    assert (await catalogue.now(added)).profiles == added.profiles


async def test_deleted_items_leave(catalogue: Catalogue) -> None:
    items = [await catalogue.item(), await catalogue.item()]
    added = await catalogue.collection(items)
    await catalogue.items.save(replace(items[0], deleted_at=NOW))
    assert await catalogue.order(added) == [items[1].id]
    assert (await catalogue.now(added)).item_count == 1
    await catalogue.items.save(replace(items[1], deleted_at=NOW))
    assert (await catalogue.now(added)).is_gone


async def test_items_that_are_deleted_at_once_all_leave(catalogue: Catalogue) -> None:
    items = [await catalogue.item() for _ in range(6)]
    collections = [await catalogue.collection(items), await catalogue.collection(items[::-1])]
    await asyncio.gather(*(catalogue.items.save(replace(item, deleted_at=NOW)) for item in items[:5]))
    for collection in collections:
        assert await catalogue.order(collection) == [items[5].id]
        assert (await catalogue.now(collection)).version == collection.version + 5


async def test_an_item_that_is_deleted_while_it_is_put_into_a_collection_is_not_left_in_it(
    catalogue: Catalogue,
) -> None:
    kept = await catalogue.item()
    for _ in range(5):
        item = await catalogue.item()
        added, _ = await asyncio.gather(
            catalogue.collection([kept, item]),
            catalogue.items.save(replace(item, deleted_at=NOW)),
            return_exceptions=True,
        )
        if isinstance(added, Collection):
            assert await catalogue.order(added) == [kept.id]
        else:
            assert isinstance(added, BadInput)


async def test_items_and_order_can_be_changed(catalogue: Catalogue) -> None:
    one, two, three = [await catalogue.item() for _ in range(3)]
    added = await catalogue.collection([one, two])
    saved = await catalogue.collections.save(added, added, [three.id, one.id])
    assert await catalogue.order(added) == [three.id, one.id]
    assert await catalogue.now(added) == saved
    assert await catalogue.collections.holding(two.id) == []
    assert await catalogue.collections.holding(three.id) == [saved]
    named = await catalogue.collections.save(saved, replace(saved, name="New"))
    assert (named.version, named.members_version) == (saved.version + 1, saved.members_version)


async def test_of_two_changes_at_once_one_is_refused(catalogue: Catalogue) -> None:
    added = await catalogue.collection([await catalogue.item()])
    answers = await asyncio.gather(
        *(catalogue.collections.save(added, replace(added, name=name)) for name in "ab"), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == [Collection.__name__, Conflict.__name__]


async def test_a_deleted_collection_follows_no_item(catalogue: Catalogue) -> None:
    item = await catalogue.item()
    added = await catalogue.collection([item])
    deleted = await catalogue.collections.save(added, replace(added, deleted_at=datetime.now(UTC)))
    await catalogue.items.save(replace(item, deleted_at=NOW))
    assert await catalogue.now(added) == deleted
    assert await catalogue.collections.list([added.project_id], after=None, limit=9) == []


async def test_more_items_than_are_read_at_once_are_kept_and_followed(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.catalogue.collection_rows.ROWS_AT_ONCE", 10)
    items = [await catalogue.item() for _ in range(25)]
    added = await catalogue.collection(items)
    assert await catalogue.order(added) == [item.id for item in items]
    await catalogue.items.save(replace(items[7], deleted_at=NOW))
    assert (await catalogue.now(added)).item_count == 24
