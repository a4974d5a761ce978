"""A heavy lane without a service around it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from service.delivery.heavy.lane import HeavyLane
from service.delivery.heavy.limits import Limits
from service.delivery.heavy.processes import JobProcesses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tiling.files.raster_source import RasterSource


class Blamed:
    """Who was blamed."""

    def __init__(self) -> None:
        self.sources: list[RasterSource] = []

    async def blame(self, sources: Sequence[RasterSource]) -> None:
        self.sources += sources


@asynccontextmanager
async def heavy_lane(
    blamed: Blamed | None = None,
    *,
    memory: int = 2**29,
    idle: float = 60.0,
    command: Sequence[str] | None = None,
    **options: Any,
) -> AsyncIterator[HeavyLane]:
    """Yield a lane of one place; no process starts before it is used."""
    async with (
        JobProcesses(idle=idle, command=command) as processes,
        HeavyLane(processes, blamed or Blamed(), Limits(memory=memory), **options) as lane,
    ):
        yield lane
