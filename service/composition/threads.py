"""The doors to threads and processes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from service.catalogue.suspects import SuspectStore
from service.delivery.heavy.lane import HeavyLane
from service.delivery.heavy.limits import Limits
from service.delivery.heavy.processes import JobProcesses
from service.delivery.images.overviews import OVERVIEW_QUEUE, OVERVIEW_SECONDS
from service.delivery.images.seeds.seeder import SeedLanes
from service.delivery.pool.cpu_pool import CpuPool
from service.delivery.pool.render_pool import RenderPool
from service.delivery.quarantine import Quarantine
from service.delivery.sandbox import job_reach, thread_sandbox
from service.operations.core.services import ThreadServices

if TYPE_CHECKING:
    from service.composition.base import Base


async def load_quarantine(base: Base) -> Quarantine:
    """Return what must not be read, as SQL has it now."""
    quarantine = Quarantine(SuspectStore(base.engine), base.settings.data_dir)
    await quarantine.load()
    return quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundLanes:
    """Lanes of what nobody waits for: each has its own, which nobody else may take."""

    building: HeavyLane
    """Of overviews."""
    seeding: SeedLanes


async def thread_services(base: Base, quarantine: Quarantine) -> tuple[ThreadServices, BackgroundLanes]:
    """Return the doors, and the lanes in the background."""
    settings = base.settings
    render = RenderPool(
        threads=settings.render_threads,
        queue=settings.render_queue,
        wait=settings.render_wait,
        timeout=settings.render_timeout,
        stuck_limit=settings.render_stuck,
        block_cache=settings.caches.blocks,
        initializer=await asyncio.to_thread(thread_sandbox, settings),
    )
    await base.stack.enter_async_context(render)
    heavy, background = await _lanes(base, quarantine)
    cpu = await base.stack.enter_async_context(CpuPool())
    return ThreadServices(render=render, heavy=heavy, cpu=cpu, quarantine=quarantine), background


async def _lanes(base: Base, quarantine: Quarantine) -> tuple[HeavyLane, BackgroundLanes]:
    """Return the lane of heavy work that somebody waits for, and those in the background."""
    settings = base.settings
    processes = await base.stack.enter_async_context(JobProcesses())
    limits = Limits(memory=settings.heavy_memory_bytes, reach=await asyncio.to_thread(job_reach, settings))
    heavy = HeavyLane(
        processes,
        quarantine,
        limits,
        places=settings.heavy_processes,
        queue=settings.heavy_queue,
        wait=settings.heavy_wait,
        seconds=settings.heavy_timeout,
    )
    background = partial(_background_lane, base, processes, quarantine)
    lanes = BackgroundLanes(
        building=await background(limits, "overviews"),
        seeding=SeedLanes(rendering=await background(limits), packing=await background(limits, "seeds")),
    )
    return await base.stack.enter_async_context(heavy), lanes


async def _background_lane(
    base: Base, processes: JobProcesses, quarantine: Quarantine, limits: Limits, folder: str | None = None
) -> HeavyLane:
    """Return a lane whose jobs may wait for ever. `folder`: of the data folder, that they may write to."""
    if folder is not None:
        place = base.settings.data_dir / folder
        await asyncio.to_thread(place.mkdir, mode=0o700, parents=True, exist_ok=True)
        reach = await asyncio.to_thread(job_reach, base.settings, writable=[place])
        limits = replace(limits, reach=reach)
    lane = HeavyLane(processes, quarantine, limits, queue=OVERVIEW_QUEUE, wait=None, seconds=OVERVIEW_SECONDS)
    return await base.stack.enter_async_context(lane)
