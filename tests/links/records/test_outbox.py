"""The outbox: no change is lost between SQL and Redis."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from service.catalogue.store import ItemStore
from service.database.outbox import Change, OutboxStore
from service.errors import Conflict
from service.links.store import LinkStore
from tests.links.samples import store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.links.link import Link
    from tests.conftest import Installation


def change_of(link: Link) -> Change:
    return Change(kind="link", record_id=link.id, version=link.version)


async def test_a_change_waits_from_the_moment_it_is_saved(engine: AsyncEngine) -> None:
    outbox, links, items = OutboxStore(engine), LinkStore(engine), ItemStore(engine)
    link = await store_link(engine)
    item = await items.get(link.target_id)
    assert item is not None
    assert await outbox.waiting() == []
    link = await links.save(replace(link, name="second"))
    item = await items.save(replace(item, name="second"))
    link = await links.save(replace(link, name="third"))
    assert link.version == 3
    assert await outbox.waiting() == [Change(kind="item", record_id=item.id, version=2), change_of(link)]


async def test_a_change_that_was_refused_leaves_no_row(engine: AsyncEngine) -> None:
    outbox, links = OutboxStore(engine), LinkStore(engine)
    link = await store_link(engine)
    saved = await links.save(replace(link, name="mine"))
    await outbox.mark_spread(change_of(saved))
    with pytest.raises(Conflict):
        await links.save(replace(link, name="somebody else's"))
    assert await outbox.waiting() == []


async def test_two_who_change_an_item_at_once_do_not_overwrite_each_other(engine: AsyncEngine) -> None:
    items = ItemStore(engine)
    item = await items.get((await store_link(engine)).target_id)
    assert item is not None
    saved = await items.save(replace(item, name="mine"))
    with pytest.raises(Conflict) as refused:
        await items.save(replace(item, name="somebody else's"))
    assert refused.value.code == "already_changed"
    assert await items.get(item.id) == saved


async def test_what_was_spread_is_kept_for_a_while_and_a_later_change_waits(engine: AsyncEngine) -> None:
    outbox, links = OutboxStore(engine), LinkStore(engine)
    first = await links.save(await store_link(engine))
    second = await links.save(first)
    await outbox.mark_spread(change_of(first))  # late: the link has changed again
    assert await outbox.waiting() == [change_of(second)]
    await outbox.mark_spread(change_of(second))
    assert await outbox.waiting() == []
    assert await outbox.kept() == [change_of(second)]
    await outbox.forget_before(datetime.now(UTC) - timedelta(minutes=1))
    assert await outbox.kept() == [change_of(second)]
    await outbox.forget_before(datetime.now(UTC) + timedelta(minutes=1))
    assert await outbox.kept() == []


async def test_a_record_that_cannot_be_spread_does_not_hold_up_the_others(service: Installation) -> None:
    services, outbox = service.services, OutboxStore(service.services.catalogue.items._engine)
    item = await service.add_item()
    links = [await services.links.store.get((await service.add_link(item))["id"]) for _ in range(2)]
    stuck, free = [await services.links.store.save(link) for link in links if link]
    await services.redis.lpush(f"tg:link:{stuck.id}", "not a record")
    services.records.outbox.wake()
    await until_waiting(outbox, [change_of(stuck)])
    assert await services.metering.meter.lowest_version(free.organization_id, free.id) == free.version
    await services.redis.delete(f"tg:link:{stuck.id}")
    await until_waiting(outbox, [])


async def until_waiting(outbox: OutboxStore, changes: list[Change]) -> None:
    async with asyncio.timeout(30):
        while await outbox.waiting() != changes:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.02)
