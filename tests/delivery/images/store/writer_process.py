"""A worker that stores images for ever, beside others, until it is killed."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from tests.delivery.images.store.samples import image_of, key_of, opened

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

KEYS = 20_000
BOUND = 40 * 2**20
"""So little that generations end while it runs."""


def run(folder: Path, ready: Connection) -> None:
    """Write until killed; say so once the store is open."""
    asyncio.run(_write_for_ever(folder, ready))


async def _write_for_ever(folder: Path, ready: Connection) -> None:
    async with opened(folder, bound=BOUND) as store:
        ready.send_bytes(b"ready")
        while True:
            for x in random.sample(range(KEYS), 100):
                store.get(key_of(x))
                store.put(key_of(x), image_of(x))
            await asyncio.sleep(0.02)
