"""What is counted, read past the service: from the usage hash in Redis, the ledger in SQL, the supervisor's record."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.faults.soak.checker import Counted, Reading

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg
    from redis.asyncio import Redis

LEDGER = "SELECT link_id, SUM(renders) AS tiles, SUM(bytes) AS bytes FROM usage_ledger GROUP BY link_id"


async def redis_reading(client: Redis, organization_id: str) -> Reading:
    """Return what the usage hash says: `t:<link>:<unit>` is a link's total, `o:<day>:<unit>` the organization's."""
    fields: dict[str, str] = await client.hgetall(f"tg:{{{organization_id}}}:usage")
    links: dict[str, dict[str, int]] = defaultdict(dict)
    organization = 0
    for name, value in fields.items():
        kind, *rest = name.split(":")
        if kind == "t":
            links[rest[0]][rest[1]] = int(value)
        elif kind == "o" and rest[1] == "renders":
            organization += int(value)
    counted = {
        link: Counted(tiles=units.get("renders", 0), bytes=units.get("bytes", 0)) for link, units in links.items()
    }
    return Reading(links=counted, organization=organization)


async def sql_reading(connection: asyncpg.Connection) -> Reading:
    """Return what the ledger says."""
    rows = await connection.fetch(LEDGER)
    counted = {row["link_id"]: Counted(tiles=int(row["tiles"]), bytes=int(row["bytes"])) for row in rows}
    return Reading(links=counted, organization=sum(link.tiles for link in counted.values()))


def over_counted(data: Path) -> int:
    """Return how many answers killed workers may have counted without sending them, as the supervisor recorded it."""
    record = data / "run" / "over_counted.jsonl"
    lines = record.read_text().splitlines() if record.exists() else []
    return sum(json.loads(line)["at_most"] for line in lines)
