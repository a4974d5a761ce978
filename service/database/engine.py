"""The SQL engine: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.database.postgres import postgres_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MIGRATION_LOCK = 0x7469_6C65  # "tile": one advisory lock for all workers that start together
VERSIONS = Path(__file__).parent / "migrations" / "versions"
LOCK_PATIENCE = 5.0
LOCK_PAUSE = 0.02
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON")


@asynccontextmanager
async def open_engine(url: str) -> AsyncIterator[AsyncEngine]:
    """Yield an engine for an SQLAlchemy URL (`sqlite+aiosqlite://` or `postgresql+asyncpg://`)."""
    if url.startswith("sqlite"):
        engine = create_async_engine(url)
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    else:
        engine = postgres_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables up to date, all or nothing. Several processes may call it at once: the others wait."""
    if await _is_up_to_date(engine):
        return
    async with _patient(engine) as patient, patient.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        else:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")  # SQLite's driver begins only before the first INSERT
        from service.database.upgrade import upgrade  # noqa: PLC0415  (10 MB that a worker hardly ever needs)

        await connection.run_sync(upgrade)


async def _is_up_to_date(engine: AsyncEngine) -> bool:
    """Whether the tables are those of the newest version: then nobody needs to be waited for."""
    try:
        async with engine.connect() as connection:
            found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:  # there are no tables yet
        return False
    return bool(found == _newest_version())


@cache
def _newest_version() -> str:
    """Return the number that the last migration's file and revision have."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


@asynccontextmanager
async def _patient(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Yield an engine whose statements take as long as they take: a new index, or waiting for who makes one."""
    if engine.dialect.name != "postgresql":
        yield engine
        return
    patient = postgres_engine(engine.url, statement_seconds=None)
    try:
        yield patient
    finally:
        await patient.dispose()


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        _execute_patiently(cursor, f"PRAGMA {pragma}")
    cursor.close()


def _execute_patiently(cursor: Any, statement: str) -> None:
    """Execute a statement for whose lock SQLite itself does not wait, as when two processes turn to WAL at once."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOCK_PAUSE)
        else:
            return
