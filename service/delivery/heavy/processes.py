"""A worker's side of job processes: starts their nursery when it is needed, ends it when it is idle."""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
import sys
import tempfile
from typing import TYPE_CHECKING, Self

from service.delivery.heavy.frames import HEADER, MAX_ANSWER, Answer, Job, pack, unpack_answer
from service.delivery.heavy.nursery_process import NurseryProcess
from tiling.files.last_read import NOTHING, SLOT, marked

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "service.delivery.heavy")


class JobDied(Exception):
    """A job's process ended without an answer: by `signal`, or with what is no answer (0).

    reading: the key of the file that it read then, as it says itself.
    """

    def __init__(self, number: int, reading: bytes = NOTHING) -> None:
        super().__init__(f"signal {number}" if number else "no answer")
        self.signal = number
        self.reading = reading


class JobProcesses:
    """Does jobs, each in a process of its own.

    Failure policy: what a process does to itself is raised as JobDied, and costs nobody else anything. A caller that
    has gone, or waits no longer, ends its process (SIGKILL). They all die with this process. Their nursery starts with
    the first job and ends `idle` seconds after the last: it takes 95 MB.
    """

    def __init__(self, *, idle: float = 60.0, command: Sequence[str] | None = None) -> None:
        self._command = command or COMMAND
        self._idle = idle
        self._nursery: NurseryProcess | None = None
        self._starting = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Return itself; its processes end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all processes."""
        if self._ending is not None:
            self._ending.cancel()
        if self._nursery is not None:
            self._nursery.end()
            await self._nursery.finished()

    async def ready(self) -> None:
        """Have a nursery, so that a job can begin at once. Raises OSError."""
        await self._running()

    async def do(self, job: Job) -> Answer:
        """Return how a job ended. Raises JobDied, OSError. Cancelled, it ends the process."""
        nursery = await self._running()
        ours, theirs = socket.socketpair()
        with ours, theirs, tempfile.TemporaryFile() as marks:
            ours.setblocking(False)
            marks.truncate(SLOT.size)
            number = nursery.begin(theirs, marks.fileno())
            theirs.close()
            nursery.jobs += 1
            try:
                return await _answer(nursery, number, ours, pack(job))
            except JobDied as died:
                marks.seek(0)
                died.reading = next(iter(marked(marks.read()).values()), NOTHING)
                raise
            finally:
                nursery.stop(number)
                nursery.jobs -= 1
                self._rest(nursery)

    async def _running(self) -> NurseryProcess:
        async with self._starting:
            if self._ending is not None:
                self._ending.cancel()
            if self._nursery is None or not self._nursery.lives:
                self._nursery = await NurseryProcess.start(self._command)
            nursery = self._nursery
            if not nursery.is_ready.is_set():
                await nursery.wait_until_ready()
            return nursery

    def _rest(self, nursery: NurseryProcess) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if nursery.jobs == 0:
            self._ending = asyncio.get_running_loop().call_later(self._idle, self._end_if_idle, nursery)

    def _end_if_idle(self, nursery: NurseryProcess) -> None:
        if nursery.jobs == 0:
            nursery.end()
            if self._nursery is nursery:
                self._nursery = None


async def _answer(nursery: NurseryProcess, number: int, connection: socket.socket, job: bytes) -> Answer:
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(connection, job)
        (length,) = HEADER.unpack(await _exactly(connection, HEADER.size))
        if length > MAX_ANSWER:
            raise JobDied(0)
        return unpack_answer(await _exactly(connection, length))
    except (EOFError, ConnectionError) as exc:
        code = await nursery.ended(number)
        raise JobDied(max(0, -code)) from exc
    except pickle.UnpicklingError as exc:
        logger.error("a process of the heavy lane answered what it cannot: %s", exc)  # noqa: TRY400
        raise JobDied(0) from exc


async def _exactly(connection: socket.socket, length: int) -> bytes:
    """Read so many bytes. Raises EOFError where they end before."""
    loop = asyncio.get_running_loop()
    body = bytearray(length)
    view = memoryview(body)
    done = 0
    while done < length:
        read = await loop.sock_recv_into(connection, view[done:])
        if read == 0:
            raise EOFError
        done += read
    return bytes(body)
