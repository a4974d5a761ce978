"""A worker that stores images for ever, beside others; run as a module, with the folder of the store."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from tests.delivery.images.store.samples import image_of, key_of, opened

KEYS = 20_000
BOUND = 40 * 2**20
"""So little that generations end while it runs."""


async def write_for_ever(folder: Path) -> None:
    async with opened(folder, bound=BOUND) as store:
        print("ready", flush=True)  # noqa: T201
        while True:
            for x in random.sample(range(KEYS), 100):
                store.get(key_of(x))
                store.put(key_of(x), image_of(x))
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1])))
