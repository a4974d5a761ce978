"""Room for files that are dropped: never more than there is, and given back when nothing comes of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from service.database.tables import drop_totals
from service.links.drop_store import GIVEN_UP, DropStore, room_of
from tests.links.samples import store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

LIMIT = 50_000


async def taken(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(select(drop_totals.c.bytes)) or 0)


async def test_of_many_at_once_no_more_get_room_than_fit(engine: AsyncEngine) -> None:
    link, drops = await store_link(engine), DropStore(engine)
    got = await asyncio.gather(*(drops.reserve(link.id, f"u{number}", 10_000, LIMIT) for number in range(12)))
    assert (sum(got), await taken(engine)) == (5, LIMIT)


async def test_an_upload_ends_once_and_counts_what_it_has_become(engine: AsyncEngine) -> None:
    link, drops = await store_link(engine), DropStore(engine)
    assert await drops.reserve(link.id, "u", 10_000, LIMIT)
    assert await drops.size_of(link.id, "u") == 10_000
    assert [await drops.end(link.id, "u"), await drops.end(link.id, "u")] == [True, False]
    assert await drops.size_of(link.id, "u") is None
    for _ in range(2):
        await drops.done(link.id, "u", 6_000)
        await drops.release(link.id, "u")
    assert await taken(engine) == 6_000


async def test_room_of_what_was_given_up_comes_back_and_of_what_was_ending_stays(engine: AsyncEngine) -> None:
    link, drops, now = await store_link(engine), DropStore(engine), datetime.now(UTC)
    for name in ("given up", "ending"):
        assert await drops.reserve(link.id, name, 10_000, None)
    await drops.end(link.id, "ending")
    assert await drops.sweep(now) == 0
    assert await drops.sweep(now + GIVEN_UP + timedelta(minutes=1)) == 2
    assert (await taken(engine), await drops.end(link.id, "given up")) == (10_000, False)
    assert (room_of(0), room_of(4097)) == (4096, 4097)
