"""A worker that makes what is asked for in a data folder, until it is killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from service.composition.services import open_services
from service.delivery.images.seeds import seeder
from tests.conftest import GivenSettings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run(parts: dict[str, Any], ready: Connection) -> None:
    """Work until killed; say so once it can begin."""
    seeder.LOOK_SECONDS, seeder.PART_TILES = 0.05, 2
    asyncio.run(_work_for_ever(parts, ready))


async def _work_for_ever(parts: dict[str, Any], ready: Connection) -> None:
    async with open_services(GivenSettings(**parts)):
        ready.send_bytes(b"ready")
        await asyncio.Event().wait()
