"""A load of tiles: each path once, over some connections, each of which asks for the next when it has its answer."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

import uvloop

from benchmarks.checks import check
from benchmarks.client import Answer, Connection, connect, request_bytes
from benchmarks.figures import Result
from benchmarks.servers.server import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.servers.server import Server

OVERLOADED = 503
LIMIT = 300.0
"""Seconds that a load may take; beyond it a server hangs."""


def measure(
    server: Server, paths: Sequence[str], image_format: str, connections: int, *, may_refuse: bool = False
) -> Result:
    """Load paths and say what the server spent on them. Raises WrongAnswer, OSError, TimeoutError.

    `may_refuse`: 503 is no error, but counted; not as a tile.
    """
    before = server.cpu_seconds()
    run = uvloop.run(_timed(server, paths, image_format, connections, may_refuse=may_refuse))
    return Result(
        tiles=len(run.latencies),
        seconds=run.seconds,
        latencies=tuple(sorted(run.latencies)),
        bytes=run.size,
        refused=run.refused,
        cpu=server.cpu_seconds() - before,
        memory=server.memory(),
    )


async def _timed(
    server: Server, paths: Sequence[str], image_format: str, connections: int, *, may_refuse: bool
) -> _Run:
    lines = [await connect(HOST, server.port) for _ in range(min(connections, len(paths)))]
    run = _Run(server, paths, image_format, may_refuse=may_refuse)
    try:
        started = perf_counter()
        for line in lines:
            run.next(line)
        async with asyncio.timeout(LIMIT):
            await run.ended
        run.seconds = perf_counter() - started
        return run
    finally:
        for line in lines:
            line.close()


class _Run:
    """The state of a load: callbacks only, because a task for each request would cost more than the request."""

    def __init__(self, server: Server, paths: Sequence[str], image_format: str, *, may_refuse: bool = False) -> None:
        self.latencies: list[float] = []
        self.size, self.refused, self.seconds = 0, 0, 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._format = image_format
        self._may_refuse = may_refuse
        self._server = server
        self._paths = paths
        self._requests = iter([request_bytes(HOST, server.port, path) for path in paths])

    def next(self, line: Connection) -> None:
        """Send the next request over a connection, if there is one left."""
        request = next(self._requests, None)
        if request is not None:
            line.get(request, lambda answer: self._answered(line, request, answer))

    def _answered(self, line: Connection, request: bytes, answer: Answer | None) -> None:
        try:
            if answer is not None and answer.status == OVERLOADED and self._may_refuse:
                self.refused += 1
                self._go_on(line)
                return
            check(answer, self._format, f"{self._server.name} {request.split(b' ')[1].decode()}")
            line.must_be_open()
        except Exception as error:  # noqa: BLE001 - told to who waits, as a callback has nobody else
            if not self.ended.done():
                self.ended.set_exception(error)
            return
        assert answer is not None
        self.latencies.append(answer.seconds)
        self.size += len(answer.body)
        self._go_on(line)

    def _go_on(self, line: Connection) -> None:
        if len(self.latencies) + self.refused == len(self._paths) and not self.ended.done():
            self.ended.set_result(None)
        self.next(line)


def fetch(server: Server, paths: Sequence[str]) -> list[Answer]:
    """Return the answers to paths, one after the other, unchecked. Raises OSError."""
    return uvloop.run(_fetch(server.port, paths))


async def _fetch(port: int, paths: Sequence[str]) -> list[Answer]:
    answers = []
    loop = asyncio.get_running_loop()
    line = await connect(HOST, port)
    for path in paths:
        if not line.is_open:
            line = await connect(HOST, port)
        future: asyncio.Future[Answer | None] = loop.create_future()
        line.get(request_bytes(HOST, port, path), future.set_result)
        answer = await asyncio.wait_for(future, LIMIT)
        if answer is None:
            raise ConnectionError(f"no answer to {path}")
        answers.append(answer)
    line.close()
    return answers
