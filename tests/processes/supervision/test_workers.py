from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import uvloop

from service.processes.supervision.workers import WorkerProcess
from service.processes.worker_protocol import WorkerStart
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_telling_a_worker_that_was_killed_does_not_fail(tmp_path: Path) -> None:
    """With uvloop, which raises a RuntimeError there: it would end the supervisor, and all workers with it."""

    async def tell() -> int:
        with socket.socket() as listener:
            start_message = WorkerStart(
                settings=Settings(data_dir=tmp_path),
                listener=listener.fileno(),
                connection_counts=listener.fileno(),
                heartbeats=listener.fileno(),
                supervisor=os.getpid(),
                embedded_valkey=False,
            )
            worker = await WorkerProcess.spawn((listener.fileno(),), ["sleep", "60"], {})
            worker.send_start(start_message)
        worker.ready.set()
        os.kill(worker.pid, signal.SIGKILL)
        code = await worker.finished()
        worker.retire()
        worker.terminate()
        return code

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(tell()) == -signal.SIGKILL
