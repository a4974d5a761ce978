"""The doors to threads and processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.suspects import SuspectStore
from service.delivery.heavy.lane import HeavyLane
from service.delivery.heavy.limits import Limits
from service.delivery.heavy.processes import JobProcesses
from service.delivery.images.overviews import OVERVIEW_QUEUE, OVERVIEW_SECONDS
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


async def thread_services(base: Base, quarantine: Quarantine) -> tuple[ThreadServices, HeavyLane]:
    """Return the doors, and the lane in which overviews are built: nobody else may take it."""
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
    heavy, building = await _lanes(base, quarantine)
    cpu = await base.stack.enter_async_context(CpuPool())
    return ThreadServices(render=render, heavy=heavy, cpu=cpu, quarantine=quarantine), building


async def _lanes(base: Base, quarantine: Quarantine) -> tuple[HeavyLane, HeavyLane]:
    """Return the lane of heavy work that somebody waits for, and that in which overviews are built."""
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
    writing = await asyncio.to_thread(job_reach, settings, writable=[settings.data_dir / "overviews"])
    building = HeavyLane(
        processes, quarantine, replace(limits, reach=writing), queue=OVERVIEW_QUEUE, wait=None, seconds=OVERVIEW_SECONDS
    )
    return await base.stack.enter_async_context(heavy), await base.stack.enter_async_context(building)
