"""What is counted, read past the service: from the usage hash in Redis, the ledger in SQL, the supervisor's record."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.faults.soak.checker import Counted, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import asyncpg
    from redis.asyncio import Redis

LEDGER = """
    SELECT link_id, SUM(renders) AS renders, SUM(bytes) AS bytes, SUM(pixels) AS pixels, SUM(queries) AS queries
    FROM usage_ledger WHERE organization_id = $1 GROUP BY link_id
"""
QUERIES = " queries"
"""After a link's id: questions for values are looked at as if they were tiles of a link of their own."""
MONTHLY = ("renders", "pixels", "bytes", "queries")
"""Units of a month's total, in its order."""


async def redis_reading(client: Redis, organization_id: str) -> Reading:
    """Return what the usage hash says.

    `t:<link>:<unit>` is a link's total, `o:<day>:<unit>` and `p:<month>` are the organization's.
    """
    fields: dict[str, str] = await client.hgetall(f"tg:{{{organization_id}}}:usage")
    links: dict[str, dict[str, int]] = defaultdict(dict)
    organization, months = 0, dict.fromkeys(MONTHLY, 0)
    for name, value in fields.items():
        kind, *rest = name.split(":")
        if kind == "t":
            links[rest[0]][rest[1]] = int(value)
        elif kind == "o" and rest[1] in {"renders", "queries"}:
            organization += int(value)
        elif kind == "p":
            for unit, amount in zip(MONTHLY, value.split(), strict=True):
                months[unit] += int(amount)
    return Reading(links=_counted(links), organization=organization, months=months)


async def sql_reading(connection: asyncpg.Connection, organization_id: str) -> Reading:
    """Return what the ledger says."""
    rows = await connection.fetch(LEDGER, organization_id)
    counted = _counted({row["link_id"]: {unit: int(row[unit]) for unit in MONTHLY} for row in rows})
    return Reading(links=counted, organization=sum(link.tiles for link in counted.values()))


def _counted(links: Mapping[str, Mapping[str, int]]) -> dict[str, Counted]:
    found = {}
    for link, units in links.items():
        found[link] = Counted(tiles=units.get("renders", 0), bytes=units.get("bytes", 0), pixels=units.get("pixels", 0))
        found[link + QUERIES] = Counted(tiles=units.get("queries", 0))
    return found


def over_counted(data: Path) -> int:
    """Return how many answers killed workers may have counted without sending them, as the supervisor recorded it."""
    record = data / "run" / "over_counted.jsonl"
    lines = record.read_text().splitlines() if record.exists() else []
    return sum(json.loads(line)["at_most"] for line in lines)
