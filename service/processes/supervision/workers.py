"""One worker process, seen from its supervisor."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from service.processes.worker_protocol import FAILED, FINISHING, IDLE_LIMIT, READY, RETIRE
from service.storage_root import WITH_SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.processes.worker_protocol import WorkerStart

logger = logging.getLogger(__name__)

WORKER_COMMAND = (sys.executable, "-P", "-m", "service.processes.worker")
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# The render threads are the parallelism: numpy's own would fight over the cores with them.
FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}
"""glibc would give each thread a heap of its own, and keep in each what large arrays left behind."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMEXPR_MAX_THREADS": "1"}
GRACE = 2 * FINISHING + 5  # seconds to finish in, before it is killed


class WorkerProcess:
    """A process that serves once it got its start message: `ready` is set when it listens, else `reason` says why."""

    def __init__(self, process: Process) -> None:
        self.ready = asyncio.Event()
        self.reason = ""
        self._process = process
        self._drain_delay = 0.0
        self._ended = asyncio.create_task(self._listen())
        self._killing: asyncio.TimerHandle | None = None
        self.was_stuck = False
        """Whether it was killed for not doing anything any more."""

    @classmethod
    async def spawn(cls, inherited: Sequence[int], command: Sequence[str], environment: Mapping[str, str]) -> Self:
        """Start one in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone. Raises OSError.

        `inherited`: the descriptors that it gets. Settings go through its start message, so that the
        environment cannot say something else.
        """
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TILEGATE_")}
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            env={**ONE_THREAD, **FEW_HEAPS, **ours, **environment},
            pass_fds=inherited,
            start_new_session=True,
        )
        return cls(process)

    def send_start(self, start_message: WorkerStart) -> None:
        """Send it what to serve."""
        self._drain_delay = start_message.settings.drain_delay
        self._send(start_message.model_dump_json(context=WITH_SECRETS).encode())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._ended.done()

    async def finished(self) -> int:
        """Wait until the process ends; return its exit code, negative for a signal."""
        return await asyncio.shield(self._ended)

    async def started(self, seconds: float) -> bool:
        """Return whether the process got ready in time."""
        ready = asyncio.create_task(self.ready.wait())
        try:
            await asyncio.wait({ready, self._ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        return self.ready.is_set() and not self._ended.done()

    def retire(self) -> None:
        """Ask it to leave the socket to another worker, which is ready, and to end when its connections have gone."""
        if not self.ready.is_set():  # nobody is connected to it
            self.terminate()
            return
        self._send(RETIRE)
        self._kill_after(IDLE_LIMIT + GRACE)

    def terminate(self) -> None:
        """Ask it to finish what it does and to end. If it does not end in time, it is killed."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        self._kill_after(self._drain_delay + GRACE)

    def kill_stuck(self) -> None:
        """End it at once: it does nothing any more, and cannot be asked."""
        self.was_stuck = True
        with suppress(ProcessLookupError):
            self._process.kill()

    def _send(self, line: bytes) -> None:
        """Write to its standard input. One that was killed meanwhile gets nothing: its exit code says the rest."""
        if self._process.stdin is not None:
            with suppress(OSError, RuntimeError):  # the latter is uvloop's word for a closed pipe
                self._process.stdin.write(line + b"\n")

    async def _listen(self) -> int:
        """Take the reports down until the process ends."""
        if self._process.stdout is not None:
            async for line in self._process.stdout:
                if line.strip() == READY:
                    self.ready.set()
                elif line.startswith(FAILED):
                    self.reason = line.removeprefix(FAILED).decode(errors="replace").strip()
        code = await self._process.wait()
        if self._killing is not None:
            self._killing.cancel()
        return code

    def _kill_after(self, seconds: float) -> None:
        if self._ended.done():
            return
        if self._killing is not None:
            self._killing.cancel()
        self._killing = asyncio.get_running_loop().call_later(seconds, self._kill)

    def _kill(self) -> None:
        logger.error("worker %d does not stop: killing it", self.pid)
        self.kill_stuck()
