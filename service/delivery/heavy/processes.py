"""A worker's side of job processes: starts their nursery when it is needed, ends it when it is idle."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import socket
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from service.delivery.heavy.frames import HEADER, MAX_ANSWER, Answer, Job, pack, unpack_answer
from tiling.files.last_read import NOTHING, SLOT, marked

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "service.delivery.heavy")
START_LIMIT = 30.0
"""Seconds: it imports GDAL, a second where the machine is idle."""
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "GDAL_DATA", "PROJ_DATA")
"""Of the environment. All else may hold a secret."""
SET_VARIABLES = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class JobDied(Exception):
    """A job's process ended without an answer: by `signal`, or with what is no answer (0).

    reading: the key of the file that it read then, as it says itself.
    """

    def __init__(self, number: int, reading: bytes = NOTHING) -> None:
        super().__init__(f"signal {number}" if number else "no answer")
        self.signal = number
        self.reading = reading


class _Nursery:
    """One running nursery."""

    def __init__(self, process: Process, control: socket.socket) -> None:
        self.jobs = 0
        self.is_ready = asyncio.Event()
        self._process = process
        self._control = control
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._numbers = 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Start one. Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | SET_VARIABLES
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                str(os.getpid()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,  # ours leads to the supervisor, which believes what it reads there
                env=environment,
                pass_fds=(theirs.fileno(),),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    @property
    def lives(self) -> bool:
        return not self._reading.done()

    async def wait_until_ready(self) -> None:
        """Wait until it has imported all. Raises OSError where it ends before, or takes too long."""
        ready = asyncio.create_task(self.is_ready.wait())
        try:
            await asyncio.wait({ready, self._reading}, timeout=START_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if not self.is_ready.is_set() or not self.lives:
            self.end()
            raise OSError("the process that heavy work comes from did not start")

    def begin(self, connection: socket.socket, marks: int) -> int:
        """Have a process begin, with a connection to us and a memory; return the job's number. Raises OSError."""
        self._numbers += 1
        socket.send_fds(self._control, [b"start %d" % self._numbers], [connection.fileno(), marks])
        self._ended[self._numbers] = asyncio.get_running_loop().create_future()
        return self._numbers

    def stop(self, number: int) -> None:
        """End a job's process, if it has not ended."""
        if self._ended.pop(number).done() or not self.lives:
            return
        try:
            self._control.send(b"end %d" % number)
        except OSError:  # it does not listen: nothing that it has may go on
            self.end()

    async def ended(self, number: int) -> int:
        """Return the exit code of a job's process, negative for a signal. Raises OSError where nobody can know it."""
        return await asyncio.shield(self._ended[number])

    def end(self) -> None:
        """End it, with all of its jobs."""
        self._reading.cancel()
        with suppress(ProcessLookupError):
            self._process.kill()

    async def finished(self) -> None:
        """Wait until the process has ended."""
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._process.wait()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while message := await loop.sock_recv(self._control, 64):
                number, code = (int(word) for word in message.split())
                self.is_ready.set()
                if (future := self._ended.get(number)) is not None:
                    future.set_result(code)
        except OSError as exc:
            logger.warning("the process that heavy work comes from is gone: %s", exc)
        finally:
            self._control.close()
            for future in self._ended.values():
                if not future.done():
                    future.set_exception(OSError("the process that heavy work comes from is gone"))
                    future.exception()  # nobody may be waiting for it: mark it as retrieved


class JobProcesses:
    """Does jobs, each in a process of its own.

    Failure policy: what a process does to itself is raised as JobDied, and costs nobody else anything. A caller that
    has gone, or waits no longer, ends its process (SIGKILL). They all die with this process. Their nursery starts with
    the first job and ends `idle` seconds after the last: it takes 95 MB.
    """

    def __init__(self, *, idle: float = 60.0, command: Sequence[str] | None = None) -> None:
        self._command = command or COMMAND
        self._idle = idle
        self._nursery: _Nursery | None = None
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

    async def _running(self) -> _Nursery:
        async with self._starting:
            if self._ending is not None:
                self._ending.cancel()
            if self._nursery is None or not self._nursery.lives:
                self._nursery = await _Nursery.start(self._command)
            nursery = self._nursery
            if not nursery.is_ready.is_set():
                await nursery.wait_until_ready()
            return nursery

    def _rest(self, nursery: _Nursery) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if nursery.jobs == 0:
            self._ending = asyncio.get_running_loop().call_later(self._idle, self._end_if_idle, nursery)

    def _end_if_idle(self, nursery: _Nursery) -> None:
        if nursery.jobs == 0:
            nursery.end()
            if self._nursery is nursery:
                self._nursery = None


async def _answer(nursery: _Nursery, number: int, connection: socket.socket, job: bytes) -> Answer:
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
