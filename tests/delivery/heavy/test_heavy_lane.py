"""The heavy lane: work that can be ended, that takes turns, and that costs nobody a tile."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from service.delivery.heavy.frames import HEADER, Answer, Job, pack, unpack_answer
from service.delivery.heavy.lane import HeavyLane, TooHeavy
from service.delivery.heavy.limits import NICENESS
from service.errors import SourceFailed, TimedOut, Unavailable
from tests.conftest import CHECKOUT
from tests.delivery.heavy.jobs import Environment, crash_reading, raise_again, sockets, take, tell_and_sleep
from tests.delivery.lanes import Blamed, heavy_lane
from tiling.errors import CropTooLarge, ProfileInvalid, RasterRefused, RegionInvalid, SourceGone, TileAddressInvalid
from tiling.files.raster_source import RasterSource
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from collections.abc import Callable

RASTER = RasterSource(path=str(Path(__file__).parents[2] / "data" / "RGB.byte.tif"), version="1")
OTHER = RasterSource(path="/other.tif", version="1")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  (it happens in another process)
            await asyncio.sleep(0.01)


async def ended(pid: int) -> None:
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


async def test_a_job_is_done_in_a_process_of_its_own() -> None:
    async with heavy_lane() as lane:
        described = await lane.run(partial(inspect_raster, RASTER), [RASTER])
        assert (described.crs, described.width) == ("EPSG:32618", 791)
        pids = [await lane.run(os.getpid, []) for _ in range(3)]
    assert len({*pids, os.getpid()}) == 4


@pytest.mark.parametrize(
    "error",
    [
        RasterRefused("why"),
        CropTooLarge("why"),
        SourceGone("why"),
        ProfileInvalid("why", field="bands"),
        RegionInvalid("why", field="bbox"),
        TileAddressInvalid("why", field="z"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_errors_of_tiling_cross_the_border_as_themselves(error: Exception) -> None:
    async with heavy_lane() as lane:
        with pytest.raises(type(error)) as raised:
            await lane.run(partial(raise_again, error), [])
    assert raised.value.args == error.args
    assert vars(raised.value) == vars(error)


async def test_what_takes_too_long_is_ended_and_leaves_its_place() -> None:
    async with heavy_lane(seconds=0.3) as lane:
        with pytest.raises(TimedOut) as raised:
            await lane.run(partial(time.sleep, 600), [RASTER])
        assert raised.value.code == "render_timeout"
        start = time.monotonic()
        assert await lane.run(partial(abs, -1), []) == 1
        assert time.monotonic() - start < 5


async def test_what_takes_too_much_memory_is_refused() -> None:
    async with heavy_lane(memory=200 * 2**20) as lane:
        with pytest.raises(TooHeavy, match="200 MiB"):
            await lane.run(partial(take, 2**30), [RASTER])
        await lane.run(partial(take, 100 * 2**20), [])


async def test_a_crash_is_told_and_blames_the_one_file_that_was_being_read() -> None:
    blamed = Blamed()
    async with heavy_lane(blamed) as lane:
        with pytest.raises(SourceFailed):
            await lane.run(partial(crash_reading, RASTER), [OTHER, RASTER])
        assert blamed.sources == [RASTER]
        assert await lane.run(partial(abs, -1), []) == 1


async def test_a_process_that_answers_nothing_blames_nobody() -> None:
    blamed = Blamed()
    async with heavy_lane(blamed) as lane:
        with pytest.raises(SourceFailed):
            await lane.run(partial(os._exit, 0), [RASTER])
    assert blamed.sources == []


async def test_a_process_ends_when_its_caller_goes_away(tmp_path: Path) -> None:
    async with heavy_lane() as lane:
        fifo = tmp_path / "pid"
        job = asyncio.create_task(lane.run(partial(tell_and_sleep, str(fifo)), []))
        await until(lambda: fifo.exists() and bool(fifo.read_text()))
        pid = int(fifo.read_text())
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        await ended(pid)
        assert await lane.run(partial(abs, -1), []) == 1


async def test_processes_have_no_sockets_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    run = "runpy.run_module('service.delivery.heavy', run_name='__main__')"
    start = f"import runpy, sys; sys.path[:0] = [{str(CHECKOUT)!r}]; {run}"
    async with heavy_lane(command=(sys.executable, "-P", "-c", start)) as lane:
        assert "secret" not in await lane.run(partial(str, Environment()), [])
        assert await lane.run(partial(sockets), []) == 1
        assert await lane.run(partial(os.nice, 0), []) == min(os.nice(0) + NICENESS, 19)


async def test_an_idle_lane_has_no_processes() -> None:
    async with heavy_lane(idle=0.2) as lane:
        nursery = await lane.run(os.getppid, [])
        await ended(nursery)
        assert await lane.run(os.getppid, []) != nursery


async def test_a_nursery_that_was_killed_is_replaced() -> None:
    async with heavy_lane() as lane:
        nursery = await lane.run(os.getppid, [])
        os.kill(nursery, signal.SIGKILL)
        await ended(nursery)
        await asyncio.sleep(0.05)
        assert await lane.run(os.getppid, []) != nursery


class Turns:
    """A lane without processes: each job is over when it is let go."""

    def __init__(self, **options: Any) -> None:
        self.started: list[str] = []
        self.may_end = asyncio.Event()
        self.lane = HeavyLane(self, Blamed(), None, **options)  # type: ignore[arg-type]

    async def ready(self) -> None:
        """Be ready."""

    async def do(self, job: Job) -> Answer:
        self.started.append(job.work())
        await self.may_end.wait()
        return Answer()

    async def ask(self, names: list[str]) -> list[asyncio.Task[Any]]:
        tasks = [asyncio.create_task(self.lane.run(partial(str, name), [], flow=name[0])) for name in names]
        await asyncio.sleep(0)
        return tasks


async def test_flows_take_turns() -> None:
    turns = Turns()
    tasks = await turns.ask(["a1", "a2", "a3", "a4", "b1", "c1", "b2"])
    turns.may_end.set()
    await asyncio.gather(*tasks)
    assert turns.started == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_one_flow_cannot_fill_the_queue() -> None:
    turns = Turns(queue=8)
    tasks = await turns.ask(["a1", "a2", "a3", "a4"])
    assert isinstance(tasks[-1].exception(), Unavailable)
    tasks += await turns.ask(["b1", "b2", "c1", "c2", "d1", "d2", "e1"])
    assert isinstance(tasks[-1].exception(), Unavailable)
    turns.may_end.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert done.count(None) == 9


async def test_who_has_waited_too_long_is_refused_and_no_place_is_lost() -> None:
    turns = Turns(wait=0.05)
    tasks = await turns.ask(["a1", "b1"])
    with pytest.raises(Unavailable):
        await tasks[1]
    turns.may_end.set()
    await tasks[0]
    assert await turns.lane.run(partial(str, "c1"), []) is None


@pytest.mark.parametrize(
    "value",
    [
        os.system,
        partial(os.system, "true"),
        Path("/"),
        inspect_raster,
        np.zeros(3),
    ],
    ids=["a function", "a call", "a path", "our function", "an array"],
)
def test_an_answer_holds_values_and_our_classes_alone(value: object) -> None:
    """Who could name a function would run it in the worker."""
    body = pack(Answer(value=value))[HEADER.size :]
    with pytest.raises(pickle.UnpicklingError):
        unpack_answer(body)


def test_members_of_our_enumerations_come_back_whichever_way_python_would_write_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python 3.11.2, as Debian has it, writes a call of `getattr`."""
    monkeypatch.setattr(StrEnum, "__reduce_ex__", lambda self, _: (getattr, (type(self), self._name_)))
    body = pack(Answer(value=[ImageFormat.PNG]))[HEADER.size :]
    assert unpack_answer(body).value == [ImageFormat.PNG]


@pytest.mark.parametrize("body", [b"", b"junk", pickle.dumps(5), pickle.dumps((1, 2, 3, 4))])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpack_answer(body)
