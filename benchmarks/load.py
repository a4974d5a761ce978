"""A load of tile requests: how many a second, how long one takes."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a load measured."""

    tiles: int
    seconds: float
    latencies: tuple[float, ...]
    """Seconds, sorted."""
    bytes: int

    @property
    def rate(self) -> float:
        """Tiles a second."""
        return self.tiles / self.seconds

    @property
    def median(self) -> float:
        """Seconds that half of the tiles take at most."""
        return statistics.median(self.latencies)

    @property
    def slow(self) -> float:
        """Seconds that 99 % of the tiles take at most."""
        return self.latencies[int(len(self.latencies) * 0.99)]


async def run_load(urls: Sequence[str], connections: int) -> Result:
    """Load the URLs once each over some connections. Raises RuntimeError on an answer other than 200 or 204."""
    waiting, latencies, size = iter(urls), list[float](), 0

    async def worker(session: aiohttp.ClientSession) -> None:
        nonlocal size
        for url in waiting:
            started = time.perf_counter()
            async with session.get(url) as response:
                body = await response.read()
                if response.status not in {200, 204}:
                    raise RuntimeError(f"{response.status} for {url}: {body[:200]!r}")
            latencies.append(time.perf_counter() - started)
            size += len(body)

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(worker(session))
        seconds = time.perf_counter() - started
    return Result(tiles=len(latencies), seconds=seconds, latencies=tuple(sorted(latencies)), bytes=size)
