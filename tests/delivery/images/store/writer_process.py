"""A worker that renders and stores tiles for ever, beside others, until it is killed."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from tests.delivery.images.store.real_tiles import KEYS, render
from tests.delivery.images.store.samples import opened

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

BOUND = 40 * 2**20
"""So little that generations end while it runs."""


def run(folder: Path, ready: Connection) -> None:
    """Write until killed; say so once the store is open."""
    asyncio.run(_write_for_ever(folder, ready))


async def _write_for_ever(folder: Path, ready: Connection) -> None:
    async with opened(folder, bound=BOUND) as store:
        ready.send_bytes(b"ready")
        while True:
            key = random.choice(KEYS)
            if store.get(key) is None:
                store.put(key, await asyncio.to_thread(render, key))
