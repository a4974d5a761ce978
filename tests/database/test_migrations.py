"""Migrations: from nothing to what the tables say, by whoever comes first."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text

from service.catalogue.item_rows import item_values
from service.database import upgrade as database_upgrade
from service.database.engine import _newest_version, migrate, open_engine
from service.database.tables import items, members, metadata, organizations, projects, root_grants, users
from service.database.upgrade import migrations_config
from service.identifiers import CollectionId, LinkId, ProjectId, new_id
from service.links.store import LinkStore
from tests.catalogue.samples import make_item
from tests.links.samples import NOW, store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.links.link import Link

WORKER = """
import asyncio, sys
from service.database import upgrade as database_upgrade
from service.database.engine import migrate, open_engine

async def main():
    async with open_engine(sys.argv[1]) as engine:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await migrate(engine)

asyncio.run(main())
"""

OFTEN = 2
"""The state that the fast tests migrate from: the farthest that has all that a link is stored with."""


async def tables_of(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_migrating_from_nothing_gives_what_the_tables_say(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await tables_of(engine) == {*metadata.tables, "alembic_version"}


async def test_migrations_are_one_line(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        scripts = await connection.run_sync(lambda sync: ScriptDirectory.from_config(migrations_config(sync)))
    assert scripts.get_heads() == [_newest_version()]
    assert len(scripts.get_bases()) == 1


async def test_migrating_again_changes_nothing(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(organizations).values(id="org_1", name="O", created_at=NOW))
    await migrate(engine)
    async with engine.connect() as connection:
        assert (await connection.scalars(select(organizations.c.id))).all() == ["org_1"]


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param(f"{number:04}", marks=[] if number == OFTEN else [pytest.mark.slow])
        for number in range(1, int(_newest_version()) + 1)
    ],
)
async def test_links_outlive_migrations_from_every_state_before(sql_url: str, revision: str) -> None:
    """On SQLite their table is made anew, twice."""
    async with open_engine(sql_url) as engine:
        await _migrate_to(engine, revision)
        link = await _store_link_as_it_was(engine)
        await migrate(engine)
        assert await LinkStore(engine).get(link.id) == link
        await LinkStore(engine).add(replace(link, id=LinkId(new_id("lnk")), target_id=CollectionId(new_id("col"))))


async def test_roots_belong_to_whom_they_served_before(sql_url: str) -> None:
    """The first project with an admin is the operator's and has all; others keep what they had registered from."""
    async with open_engine(sql_url) as engine:
        await _migrate_to(engine, "0004")
        async with engine.begin() as connection:
            await _store_projects_as_they_were(connection)
        await migrate(engine)
        async with engine.connect() as connection:
            rows = (await connection.execute(select(root_grants))).mappings().all()
    granted = {(row["project_id"], row["organization_id"], row["root"], row["prefix"]) for row in rows}
    assert granted == {
        ("prj_first", "org_1", "*", ""),
        ("prj_other", "org_2", "files", ""),
        ("prj_other", "org_2", "maps", ""),
        ("prj_second", "org_1", "files", ""),
    }
    assert len(rows) == len(granted)
    assert all(row["id"].startswith("rgr_") and row["created_at"].tzinfo is not None for row in rows)


async def test_an_empty_database_grants_nothing(sql_url: str) -> None:
    async with open_engine(sql_url) as engine:
        await migrate(engine)
        async with engine.connect() as connection:
            assert (await connection.execute(select(root_grants))).all() == []


async def _store_projects_as_they_were(connection: AsyncConnection) -> None:
    """Store projects of two organizations, and items: of roots, without a root, and deleted."""
    later = NOW + timedelta(days=1)
    for name in ("org_1", "org_2"):
        await connection.execute(insert(organizations).values(id=name, name=name, created_at=NOW))
    await connection.execute(insert(users).values(id="usr_1", email="a@example.org", name="A", created_at=NOW))
    made = {"prj_orphan": ("org_1", NOW - timedelta(days=1)), "prj_first": ("org_1", NOW)}
    made |= {"prj_second": ("org_1", later), "prj_other": ("org_2", later), "prj_none": ("org_2", later)}
    for name, (organization, moment) in made.items():
        values = {"id": name, "organization_id": organization, "name": name, "created_at": moment}
        await connection.execute(insert(projects).values(values))
    for project, role in (("prj_first", "admin"), ("prj_second", "editor"), ("prj_other", "admin")):
        await connection.execute(insert(members).values(project_id=project, user_id="usr_1", role=role))
    registered = [("prj_first", "files"), ("prj_second", "files"), ("prj_second", "files"), ("prj_second", "")]
    registered += [("prj_other", "maps"), ("prj_other", "files"), ("prj_none", "")]
    rows = [replace(make_item(project_id=ProjectId(project)), root=root) for project, root in registered]
    rows.append(replace(make_item(project_id=ProjectId("prj_none")), root="files", deleted_at=later))
    there = await connection.run_sync(lambda sync: {column["name"] for column in inspect(sync).get_columns("items")})
    for item in rows:
        values = {name: value for name, value in item_values(item).items() if name in there}
        await connection.execute(insert(items).values(values))


async def _store_link_as_it_was(engine: AsyncEngine) -> Link:
    """Store a link, its item and its account by the columns that the tables have."""
    async with open_engine("sqlite+aiosqlite:///") as newest:
        await migrate(newest)
        link = await store_link(newest)
        async with newest.connect() as connection:
            rows = {
                table: (await connection.execute(select(table))).mappings().all() for table in metadata.sorted_tables
            }
    async with engine.begin() as connection:
        for table, found in rows.items():
            if await connection.run_sync(lambda sync, name=table.name: inspect(sync).has_table(name)):
                there = await connection.run_sync(lambda sync, name=table.name: inspect(sync).get_columns(name))
                columns = {column["name"] for column in there}
                if (await connection.execute(select(text("1")).select_from(table).limit(1))).first() is not None:
                    continue  # a migration has put it there
                for row in found:
                    values = {name: value for name, value in row.items() if name in columns}
                    await connection.execute(insert(table).values(values))
    return link


async def _migrate_to(engine: AsyncEngine, revision: str) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrations_config(sync), revision))


async def test_a_migration_that_fails_leaves_nothing_behind(sql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = database_upgrade.upgrade

    def fail_after(connection: Connection) -> None:
        upgrade(connection)
        raise RuntimeError("power cut")

    async with open_engine(sql_url) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(database_upgrade, "upgrade", fail_after)
            with pytest.raises(RuntimeError):
                await migrate(engine)
        assert await tables_of(engine) == set()
        await migrate(engine)
        assert set(metadata.tables) < await tables_of(engine)


async def test_tasks_that_migrate_at_once_all_succeed(sql_url: str) -> None:
    async with open_engine(sql_url) as engine:
        await asyncio.gather(*(migrate(engine) for _ in range(4)))
        assert set(metadata.tables) < await tables_of(engine)


@pytest.mark.slow
async def test_processes_that_migrate_at_once_all_succeed(sql_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            WORKER,
            sql_url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * 4, [errors.decode()[-2000:] for _, errors in answers]
    async with open_engine(sql_url) as engine:
        assert set(metadata.tables) < await tables_of(engine)
