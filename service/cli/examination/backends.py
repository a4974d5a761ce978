"""Redis, SQL and their clocks, and the room on the disk."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.cli.examination.finding import Finding
from service.database.engine import open_engine
from service.processes.address import running_address
from service.redis.client import connect_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from service.settings import Settings

PATIENCE = 5.0  # seconds
SKEW = 2.0  # seconds by which two clocks may differ
LITTLE = 2 * 2**30  # bytes
POLICY, APPENDING = "maxmemory-policy", "appendonly"


async def look_at_backends(settings: Settings) -> list[Finding]:
    """Ask each backend of the operator's own; those that come with the service are set up by it."""
    return [*await _redis(settings), *await _sql(settings), _disk(settings)]


async def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        found = "the Valkey that comes with the service: it appends each write and evicts nothing"
        return [Finding(what="Redis", is_fine=True, found=found)]
    client = connect_redis(settings.redis_url, PATIENCE)
    try:
        async with asyncio.timeout(PATIENCE):
            seconds, microseconds = await client.time()
            findings = [_clock("Redis", seconds + microseconds / 1e6)]
            return [await _durability(client), *findings]
    except (RedisError, OSError, TimeoutError, ValueError) as exc:
        return [Finding(what="Redis", is_fine=False, found=f"does not answer: {exc or type(exc).__name__}")]
    finally:
        await client.aclose()


async def _durability(client: Redis) -> Finding:
    """Look at what the counters' life depends on. Hosts that forbid CONFIG have it in their own console."""
    try:
        answer: Any = await client.config_get(f"{POLICY}")
        answer |= await client.config_get(APPENDING)
    except RedisError:
        told = f"does not show its configuration: see that {POLICY} is noeviction and {APPENDING} yes"
        return Finding(what="Redis", is_fine=True, found=told)
    values = {_text(name): _text(value) for name, value in answer.items()}
    wrong = [
        f"{name} is {values.get(name)}, and must be {needed}: counters are money"
        for name, needed in ((POLICY, "noeviction"), (APPENDING, "yes"))
        if values.get(name) != needed
    ]
    found = "; ".join(wrong) or "appends each write and evicts nothing"
    return Finding(what="Redis", is_fine=not wrong, found=found)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


async def _sql(settings: Settings) -> list[Finding]:
    if settings.database_url is None and not (settings.data_dir / "tilegate.sqlite").exists():
        return [Finding(what="SQL", is_fine=True, found="SQLite; it is made when the service starts")]
    try:
        async with asyncio.timeout(PATIENCE), open_engine(settings.sql_url) as engine, engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                return [Finding(what="SQL", is_fine=True, found="SQLite in the data folder")]
            now: datetime | None = await connection.scalar(select(func.now()))
            found = Finding(what="SQL", is_fine=True, found="PostgreSQL answers")
            return [found] if now is None else [found, _clock("SQL", now.timestamp())]
    except (SQLAlchemyError, OSError, TimeoutError) as exc:
        cause = getattr(exc, "orig", None) or exc
        return [Finding(what="SQL", is_fine=False, found=f"does not answer: {cause or type(exc).__name__}")]


def _clock(whose: str, theirs: float) -> Finding:
    """Compare a clock with ours: links expire and days are billed by it."""
    skew = theirs - time.time()
    told = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if abs(skew) <= SKEW:
        return Finding(what=f"clock of {whose}", is_fine=True, found=f"agrees with ours, {told}")
    found = f"differs from ours, {told}, by {skew:+.0f} s: have NTP keep both"
    return Finding(what=f"clock of {whose}", is_fine=False, found=found)


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.is_dir() else settings.data_dir.parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    runs = running_address(settings.data_dir)
    service = f"; the service runs at {runs}" if runs else ""
    return Finding(what="disk", is_fine=free >= LITTLE, found=f"{free / 2**30:.1f} GiB are free{service}")
