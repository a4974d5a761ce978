"""Rendering ahead through the running service: into the caches, and counted to nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

UNLOCKED = {"X-Share-Password": PASSWORD}


async def test_neighbours_are_there_before_they_are_asked_for_and_cost_nobody(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service, plain = await install(prefetch=600), await install(tile_store_bytes=0)
    item = await service.add_item()
    link = await service.add_link(item, max_renders=2)
    assert (await service.client.get(f"/s/{link['token']}/8/72/109.png", headers=UNLOCKED)).status == 200
    prefetch = service.services.images.prefetch
    assert prefetch is not None
    async with asyncio.timeout(60):
        while prefetch.rendered < 9:  # noqa: ASYNC110  (what it waits for happens elsewhere)
            await asyncio.sleep(0.1)
    usage = await service.usage()
    assert (usage["renders"], usage["cached"]) == (1, 0)
    ahead = await service.client.get(f"/s/{link['token']}/8/73/109.png", headers=UNLOCKED)
    usage = await service.usage()
    assert (ahead.status, usage["renders"], usage["cached"], prefetch.used) == (200, 2, 1, 1)
    unlimited = await plain.add_link(item)
    fresh = await plain.client.get(f"/s/{unlimited['token']}/8/73/109.png", headers=UNLOCKED)
    assert await fresh.read() == await ahead.read()
    assert (await service.client.get(f"/s/{link['token']}/8/72/110.png", headers=UNLOCKED)).status == 410
    text = await (await service.client.get("/metrics")).text()
    assert "tilegate_tiles_rendered_ahead_used 1.0" in text


async def test_it_is_off_unless_it_is_set_and_where_there_is_no_store(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    assert (await install()).services.images.prefetch is None
    assert (await install(prefetch=600, tile_store_bytes=0)).services.images.prefetch is None
