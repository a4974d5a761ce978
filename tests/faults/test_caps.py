"""Limits are exact: whatever 64 streams over 4 workers ask for at once, exactly so much is sent, and counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

STREAMS, WORKERS = 64, 4


async def share(install: Callable[..., Awaitable[Installation]], **limits: int) -> tuple[list[Installation], Any]:
    """Return workers on the same data, and a link."""
    settings = {"rate_tiles": 10**6, "rate_read": 10**6, "guesses_per_client": 10**4, "guesses_per_link": 10**4}
    workers = [await install(**settings) for _ in range(WORKERS)]
    return workers, await workers[0].add_link(**limits)


async def key_of(worker: Installation, link: Any) -> str:
    response = await worker.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    return str((await response.json())["key"])


async def tiles(worker: Installation, link: Any, key: str, number: int, times: int) -> list[tuple[str, int]]:
    """Ask for pictures one after the other; return what came of each, and its size."""
    outcomes = []
    for n in range(times):
        params = {"key": key, "size": str(16 + (number * times + n) % 40)}
        async with worker.client.get(f"/s/{link['token']}/preview.png", params=params) as response:
            body = await response.read()
            sent = response.status == 200
            assert not sent or response.headers["X-Metered"] == "1"
            outcomes.append(("sent" if sent else (await response.json())["code"], len(body) if sent else 0))
    return outcomes


async def load(workers: list[Installation], link: Any, times: int) -> tuple[Counter[str], int]:
    """Return how often each outcome came, and how many bytes of pictures."""
    key = await key_of(workers[0], link)
    streams = (tiles(workers[n % WORKERS], link, key, n, times) for n in range(STREAMS))
    outcomes = [one for many in await asyncio.gather(*streams) for one in many]
    return Counter(outcome for outcome, _ in outcomes), sum(size for _, size in outcomes)


async def test_cap_exact(install: Callable[..., Awaitable[Installation]]) -> None:
    workers, link = await share(install, max_renders=137)
    outcomes, size = await load(workers, link, 4)
    assert outcomes == {"sent": 137, "limit_reached": STREAMS * 4 - 137}
    usage = await workers[0].usage()
    assert (usage["renders"], usage["bytes"]) == (137, size)


@pytest.mark.slow
async def test_cap_exact_in_bytes(install: Callable[..., Awaitable[Installation]]) -> None:
    """No byte above the limit is sent, and nothing that would still fit is refused."""
    workers, link = await share(install, max_bytes=100_000)
    outcomes, size = await load(workers, link, 3)
    assert set(outcomes) == {"sent", "limit_reached"}
    assert 100_000 - 12_000 < size <= 100_000
    assert (await workers[0].usage())["bytes"] == size


async def test_views_exact(install: Callable[..., Awaitable[Installation]]) -> None:
    workers, link = await share(install, max_views=23)

    async def visit(worker: Installation) -> str:
        response = await worker.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
        return "opened" if response.status == 200 else str((await response.json())["code"])

    outcomes = Counter(await asyncio.gather(*(visit(workers[n % WORKERS]) for n in range(STREAMS))))
    assert outcomes == {"opened": 23, "limit_reached": STREAMS - 23}
    assert (await workers[0].usage())["views"] == 23
