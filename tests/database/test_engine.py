"""The engine: what SQLite is told on every connection, times in UTC, and work that is given up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from service.database.engine import migrate, open_engine
from service.database.tables import organizations, projects, usage_ledger
from service.errors import Conflict
from service.identifiers import new_id
from service.links.store import LinkStore
from tests.links.samples import NOW, store_link

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

FULL, MILLISECONDS = 2, 5000


async def add_organization(engine: AsyncEngine, created_at: datetime) -> str:
    organization_id = new_id("org")
    async with engine.begin() as connection:
        await connection.execute(insert(organizations).values(id=organization_id, name="O", created_at=created_at))
    return organization_id


async def test_every_sqlite_connection_is_durable_and_checks_references(tmp_path: Path) -> None:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}") as engine:
        connections = [await engine.connect() for _ in range(4)]
        for connection in connections:
            found = [
                await connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            ]
            assert found == ["wal", FULL, MILLISECONDS, 1]
        for connection in connections:
            await connection.close()


async def test_a_reference_to_nothing_is_refused(engine: AsyncEngine) -> None:
    values = {"id": new_id("prj"), "organization_id": "org_nothing", "name": "P", "created_at": NOW}
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(insert(projects).values(values))


async def test_a_naive_time_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(StatementError, match="naive"):
        await add_organization(engine, datetime(2026, 7, 1))  # noqa: DTZ001


MOMENTS = {
    "UTC": NOW,
    "microseconds": NOW.replace(microsecond=123456),
    "far east": datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "far west": datetime(2026, 12, 31, 23, tzinfo=timezone(timedelta(hours=-11, minutes=-30))),
    "1970": datetime(1970, 1, 1, tzinfo=UTC),
    "9999": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}


async def test_a_time_comes_back_the_same_aware_and_in_utc(engine: AsyncEngine) -> None:
    for name, moment in MOMENTS.items():
        organization_id = await add_organization(engine, moment)
        async with engine.connect() as connection:
            query = select(organizations.c.created_at).where(organizations.c.id == organization_id)
            found = await connection.scalar(query)
        assert found == moment, name
        assert found.utcoffset() == timedelta(0), name


async def test_times_are_compared_as_times(engine: AsyncEngine) -> None:
    """SQLite compares their text: it must be of one form, whatever zone and precision they came in."""
    moments = [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1), NOW + timedelta(days=40)]
    for moment in moments:
        await add_organization(engine, moment.astimezone(timezone(timedelta(hours=9))))
    async with engine.connect() as connection:
        for n, moment in enumerate(moments):
            later = select(organizations.c.created_at).where(organizations.c.created_at > moment)
            assert sorted(await connection.scalars(later)) == moments[n + 1 :]


async def test_large_totals_fit(engine: AsyncEngine) -> None:
    organization_id = await add_organization(engine, NOW)
    most = 2**63 - 1
    row = {"organization_id": organization_id, "link_id": "l", "day": date(2026, 7, 1), "last_used_at": None} | {
        "epoch": "e",
        "seq": 1,
        "revision": 1,
    }
    async with engine.begin() as connection:
        totals = dict.fromkeys(("renders", "cached", "bytes", "downloads", "views"), most)
        await connection.execute(insert(usage_ledger).values(row | totals))
        assert await connection.scalar(select(usage_ledger.c.bytes)) == most


async def test_writers_at_the_same_time_wait_for_each_other(engine: AsyncEngine) -> None:
    await asyncio.gather(*(add_organization(engine, NOW) for _ in range(60)))
    async with engine.connect() as connection:
        assert len((await connection.execute(select(organizations.c.id))).all()) == 60


async def test_writers_of_several_processes_wait_for_each_other(sql_url: str) -> None:
    """Engines share nothing but the database, as processes do."""
    async with open_engine(sql_url) as one, open_engine(sql_url) as two, open_engine(sql_url) as three:
        await migrate(one)
        engines = [one, two, three]
        await asyncio.gather(*(add_organization(engines[n % 3], NOW) for n in range(60)))
        async with one.connect() as connection:
            assert len((await connection.execute(select(organizations.c.id))).all()) == 60


async def test_only_one_of_two_changes_of_the_same_version_is_saved(engine: AsyncEngine) -> None:
    link = await store_link(engine)
    store = LinkStore(engine)
    saved = await asyncio.gather(
        *(store.save(replace(link, name=f"Name {n}")) for n in range(8)), return_exceptions=True
    )
    winners = [one for one in saved if not isinstance(one, Conflict)]
    assert len(winners) == 1
    assert winners == [await store.get(link.id)]


async def test_work_that_is_given_up_leaves_no_lock_and_no_connection(engine: AsyncEngine) -> None:
    link = await store_link(engine)
    store = LinkStore(engine)
    for n in range(60):
        tasks = [asyncio.create_task(store.save(link)), asyncio.create_task(store.get(link.id))]
        await asyncio.sleep(n / 20_000)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(4):
        newest = await store.get(link.id)
        assert newest is not None
        for _ in range(3):
            newest = await store.save(newest)
        await asyncio.gather(*(store.get(link.id) for _ in range(30)))
