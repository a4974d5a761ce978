"""Workers that are killed while they seed: another one goes on, and every tile is the one that is rendered."""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.tiles import seeding_process
from tests.api.tiles.test_seeds import by_hand, places_of, settled, state_of, tier, tile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.tiles.test_seeds import Install
    from tests.conftest import Installation

__all__ = ["by_hand"]
KILLS = 4
SPAWNING = multiprocessing.get_context("spawn")


async def killed_while_it_works(service: Installation, item: Any, parts: dict[str, Any]) -> int:
    """Have a process go on, kill it once there are more tiles, and return how many there are then."""
    before = (await state_of(service, item))["done"]
    here, there = SPAWNING.Pipe(duplex=False)
    process = SPAWNING.Process(target=seeding_process.run, args=(parts, there), daemon=True)
    await asyncio.to_thread(process.start)
    try:
        assert await asyncio.to_thread(here.poll, 120), "it does not start"
        async with asyncio.timeout(120):
            while (await state_of(service, item))["done"] <= before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
    return int((await state_of(service, item))["done"])


@pytest.mark.slow
async def test_what_is_killed_is_gone_on_with_and_every_tile_is_right(
    install: Install, valkey_url: str, tmp_path: Path
) -> None:
    fresh, one = await install(tile_store_bytes=0, seed_bytes=0), await install(tile_store_bytes=0)
    item = await fresh.add_item()
    link = await fresh.add_link(item)
    await one.ask("item.seed", item_id=item["id"], minzoom=7, maxzoom=11)
    parts = {"data_dir": tmp_path, "redis_url": valkey_url, "bcrypt_cost": 4}
    done = [await killed_while_it_works(one, item, parts) for _ in range(KILLS)]
    assert done == sorted(done)
    seed = await settled(one, item)
    assert (seed["state"], seed["done"], seed["failed"]) == ("done", seed["tiles"], 0)
    assert done[-1] < seed["tiles"]
    for place in places_of(seed):
        assert await tile(one, link, *place) == await tile(fresh, link, *place)
    assert await tier(one, "rendered", "file") == 0
