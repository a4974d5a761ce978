"""What is free: everything but a 200 with an image body to a recipient."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation


class Shared:
    """A service, a link of it, a key, and a tile that shows something."""

    def __init__(self, service: Installation, link: Any, key: str) -> None:
        self.service = service
        self.base = f"/s/{link['token']}"
        self.link = link
        self.key = key

    async def ask(self, path: str, method: str = "GET", **headers: str) -> int:
        """Return the status of an answer that must say that it was not counted, where it says something."""
        url = f"{self.base}{path}{'&' if '?' in path else '?'}key={self.key}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.service.client.request(method, url, headers=names) as response:
            await response.read()
            assert response.headers.get("X-Metered", "0") == "0"
            return response.status

    async def counted(self) -> tuple[int, int]:
        usage = await self.service.usage()
        return usage["renders"], usage["bytes"]


@pytest.fixture
async def shared(install: Callable[..., Awaitable[Installation]]) -> Shared:
    service = await install(render_threads=1)
    link = await service.add_link(await service.add_item("RGB.byte.tif"))
    validated = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    return Shared(service, link, validated["key"])


TILE = "/7/36/54.png"  # of the Bahamas
EMPTY = "/7/0/0.png"


async def test_meter_rules(shared: Shared) -> None:
    """Failed, empty, not modified, HEAD, and the sharer's own: never counted. Only what is sent is."""
    client, base = shared.service.client, shared.base
    async with client.get(f"{base}{TILE}?key={shared.key}") as response:
        assert (response.status, response.headers["X-Metered"]) == (200, "1")
        etag, size = response.headers["ETag"], len(await response.read())
    assert await shared.counted() == (1, size)

    statuses = {
        "not modified": await shared.ask(TILE, If_None_Match=etag),
        "empty": await shared.ask(EMPTY),
        "drawn empty": await shared.ask(f"{EMPTY}?empty=transparent"),
        "head": await shared.ask(TILE, "HEAD"),
        "impossible": await shared.ask("/7/999/0.png"),
        "unknown profile": await shared.ask(f"{TILE}?profile=nothing"),
        "unknown format": await shared.ask("/7/36/54.bmp"),
        "tilejson": await shared.ask("/tilejson.json"),
        "info": await shared.ask("/info"),
    }
    wrong = await client.get(f"{base}{TILE}", headers={"X-Share-Password": "not this one"})
    no_key = await client.get(f"{base}{TILE}?key=nonsense")
    own = await client.get(f"{base}{TILE}", headers=shared.service.headers)
    assert (own.status, own.headers["X-Metered"]) == (200, "0")
    assert (wrong.status, no_key.status) == (401, 401)
    assert statuses == {
        "not modified": 304,
        "empty": 204,
        "drawn empty": 200,
        "head": 200,
        "impossible": 422,
        "unknown profile": 404,
        "unknown format": 422,
        "tilejson": 200,
        "info": 200,
    }
    assert await shared.counted() == (1, size)


async def test_what_is_cut_before_it_is_counted_is_not_counted(shared: Shared) -> None:
    """The one render thread is busy while ten clients ask and leave."""
    release, busy = threading.Event(), threading.Event()
    pool = shared.service.services.threads.render

    def hold() -> None:
        busy.set()
        release.wait(30)

    holding = asyncio.create_task(pool.run(hold))
    await asyncio.to_thread(busy.wait, 10)
    url = f"{shared.base}{TILE}?key={shared.key}"
    clients = [asyncio.create_task(shared.service.client.get(f"{url}&n={n}")) for n in range(10)]
    await asyncio.sleep(0.3)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    await asyncio.sleep(0.3)
    release.set()
    await holding
    await asyncio.sleep(0.3)
    assert await shared.counted() == (0, 0)


async def test_a_broken_raster_is_not_counted(shared: Shared) -> None:
    raster = shared.service.root / "RGB.byte.tif"
    raster.write_bytes(raster.read_bytes()[:2000])
    assert await shared.ask(TILE) in {410, 502}
    assert await shared.counted() == (0, 0)
