"""A browser with a map: six connections, tiles from the centre outwards, aborts of what has left the view."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import uvloop

from benchmarks.checks import check
from benchmarks.client import Answer, Connection, connect, request_bytes
from benchmarks.servers.server import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.addresses import Tile
    from benchmarks.walk import View

LANES = 6
"""Connections that browsers open to a host over HTTP/1.1."""
LIMIT = 120.0  # seconds until a viewport counts as never full


@dataclass(slots=True, kw_only=True)
class Diary:
    """What people saw."""

    latencies: list[float] = field(default_factory=list)
    """Seconds of each tile that came."""
    fulls: list[float] = field(default_factory=list)
    """Seconds until a viewport was full, of those that were waited for and lacked a tile."""
    bytes: int = 0
    aborted: int = 0


@dataclass(slots=True, kw_only=True)
class Lane:
    """One of the browser's connections."""

    line: Connection | None = None
    tile: Tile | None = None
    """What it is asking for."""
    answered: asyncio.Future[Answer | None] | None = None


class Browser:
    """One person's map. What it has loaded it keeps, as a map does for as long as a session lasts."""

    def __init__(self, port: int, path: Callable[[Tile], str], image_format: str, diary: Diary) -> None:
        self._port, self._path, self._format, self._diary = port, path, image_format, diary
        self._lanes = [Lane() for _ in range(LANES)]
        self._queue: deque[Tile] = deque()
        self._wanted: frozenset[Tile] = frozenset()
        self._loaded: set[Tile] = set()
        self._changed = asyncio.Event()
        self._more = asyncio.Condition()

    async def look(self, views: Sequence[View], pause: float = 0.0) -> None:
        """Go through views, each for some seconds when it is full. Raises WrongAnswer, OSError, TimeoutError."""
        tasks = [asyncio.create_task(self._serve(lane)) for lane in self._lanes]
        try:
            for view in views:
                await self._show(view, tasks)
                await asyncio.sleep(0.0 if view.is_left_early else pause)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for lane in self._lanes:
                if lane.line is not None:
                    lane.line.close()

    async def _show(self, view: View, tasks: Sequence[asyncio.Task[None]]) -> None:
        missing = [tile for tile in view.tiles if tile not in self._loaded]
        enough = -(-len(missing) // 3) if view.is_left_early else len(missing)
        started = perf_counter()
        await self._want(missing)
        async with asyncio.timeout(LIMIT):
            while sum(tile in self._loaded for tile in missing) < enough:
                await self._change(tasks)
        if missing and not view.is_left_early:
            self._diary.fulls.append(perf_counter() - started)

    async def _want(self, missing: Sequence[Tile]) -> None:
        """Ask for these and for nothing else."""
        self._wanted = frozenset(missing)
        asked = set()
        for lane in self._lanes:
            if lane.tile is not None and lane.tile not in self._wanted:
                self._abort(lane)
            asked.add(lane.tile)
        async with self._more:
            self._queue = deque(tile for tile in missing if tile not in asked)
            self._more.notify_all()

    def _abort(self, lane: Lane) -> None:
        """Do as Chromium does: close the connection, unless the answer has begun to come; then read it to its end."""
        if lane.line is not None and lane.answered is not None and not lane.line.started:
            lane.line.close()
            lane.tile = None  # it may be wanted again before the lane hears of this
            self._diary.aborted += 1
            if not lane.answered.done():
                lane.answered.set_result(None)

    async def _change(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait until a tile has come. Raises what a lane raised."""
        self._changed.clear()
        waiting = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        for task in tasks:
            if task.done():
                task.result()

    async def _serve(self, lane: Lane) -> None:
        while True:
            async with self._more:
                await self._more.wait_for(lambda: self._queue)
                tile = self._queue.popleft()
            lane.tile = tile
            answer = await self._ask(lane, tile)
            is_aborted, lane.tile = lane.tile is None, None
            if answer is None:
                if tile in self._wanted and not is_aborted:
                    raise ConnectionError(f"the connection broke at {self._path(tile)}")
                continue
            check(answer, self._format, self._path(tile))
            self._diary.latencies.append(answer.seconds)
            self._diary.bytes += len(answer.body)
            if tile in self._wanted:
                self._loaded.add(tile)
            self._changed.set()

    async def _ask(self, lane: Lane, tile: Tile) -> Answer | None:
        if lane.line is None or not lane.line.is_open:
            lane.line = await connect(HOST, self._port)
            if lane.tile is None or tile not in self._wanted:
                return None
        answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        lane.answered = answered

        def tell(answer: Answer | None) -> None:
            with suppress(asyncio.InvalidStateError):
                answered.set_result(answer)

        lane.line.get(request_bytes(HOST, self._port, self._path(tile)), tell)
        return await answered


def look_around(
    port: int, path: Callable[[Tile], str], image_format: str, walks: Sequence[Sequence[View]], pause: float = 0.0
) -> tuple[Diary, float]:
    """Let as many people as there are walks look at the same time; return what they saw, and the seconds it took.

    `pause`: seconds for which a person looks at a view that is full.
    """
    return uvloop.run(_look_around(port, path, image_format, walks, pause))


async def _look_around(
    port: int, path: Callable[[Tile], str], image_format: str, walks: Sequence[Sequence[View]], pause: float
) -> tuple[Diary, float]:
    diary = Diary()
    started = perf_counter()
    async with asyncio.TaskGroup() as people:
        for views in walks:
            people.create_task(Browser(port, path, image_format, diary).look(views, pause))
    return diary, perf_counter() - started
