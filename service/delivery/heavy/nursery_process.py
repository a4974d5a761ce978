"""The process that job processes are forked from, as its worker sees it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

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


class NurseryProcess:
    """One running nursery, which forks a process for each job."""

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
        """Whether it still reads what it is asked."""
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
