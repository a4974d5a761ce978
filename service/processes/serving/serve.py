"""What a worker process does: serve one application on the socket that it inherited."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from contextlib import ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING

from service.processes.connection_counts import ConnectionCounts
from service.processes.heartbeats import Heartbeat
from service.processes.last_reads import marking_reads
from service.processes.logs import configure_logging
from service.processes.loops import ignore_further_signals, run_until_signalled
from service.processes.serving.malloc_trim import sweep
from service.processes.serving.server import Server
from service.processes.valkey import embedded_valkey
from service.processes.worker_protocol import FAILED, READY, RETIRE, WorkerStart

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from service.settings import Settings

logger = logging.getLogger(__name__)

REAP_TIMEOUT = 5.0  # seconds
REAP_POLL = 0.01  # seconds

REASON_LENGTH = 1000  # characters


def run_worker(create_app: Callable[[Settings], web.Application]) -> int:
    """Read the start message, serve until asked to stop, return the exit code.

    Failure policy: what goes wrong before the application listens is reported to the supervisor, which decides
    whether to try again. SIGTERM, SIGINT, a worker that takes its place and a supervisor that is gone end it alike: no
    new connections, finish, clean up.
    """
    line = sys.stdin.buffer.readline()
    if not line:  # stood by, and was never needed
        return 0
    start_message = WorkerStart.model_validate_json(line)
    configure_logging(start_message.settings.log_level, start_message.settings.log_format)
    try:
        with marking_reads(start_message.settings.data_dir):
            run_until_signalled(_work(start_message, create_app), debug=start_message.settings.debug_asyncio)
    except Exception as error:
        logger.exception("the worker failed")
        _report(FAILED + " ".join(f"{type(error).__name__}: {error}".split())[:REASON_LENGTH].encode())
        return 1
    return 0


async def _work(start_message: WorkerStart, create_app: Callable[[Settings], web.Application]) -> None:
    supervisor = await _standard_input()
    async with embedded_valkey(start_message.settings.data_dir) if start_message.embedded_valkey else nullcontext():
        server, delay = Server(create_app(start_message.settings)), 0.0
        sweeping = asyncio.create_task(sweep())
        beating = ExitStack()
        try:
            await server.start(
                start_message.listener, ConnectionCounts(start_message.connection_counts, start_message.place)
            )
            if start_message.settings.metrics_port is not None:
                await server.start_inside(start_message.settings.host, start_message.settings.metrics_port)
            beating.enter_context(Heartbeat(start_message.heartbeats, start_message.place).beating(server.is_stuck))
            gc.collect()
            gc.freeze()  # what is there now stays: to look through all of it holds everybody up for 50 ms each time
            _report(READY)
            delay = start_message.settings.drain_delay  # if a signal ends us
            line = await supervisor.readline()
            delay = 0.0
            if line.strip() == RETIRE:
                await server.retire()
            else:
                logger.warning("the supervisor is gone: stopping")
                await _reaped(start_message.supervisor)
        finally:
            sweeping.cancel()
            ignore_further_signals()
            await server.stop(delay)
            beating.close()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _reaped(supervisor: int) -> None:
    """Return once the process has let go of all that it held, or after a while.

    A killed process closes its pipes before it drops its file locks: one worker after the other would leave Valkey to
    a user that is only dying.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(REAP_TIMEOUT):
            while os.getppid() == supervisor:  # noqa: ASYNC110  (the kernel notifies nobody)
                await asyncio.sleep(REAP_POLL)


def _report(line: bytes) -> None:
    os.write(sys.stdout.fileno(), line + b"\n")
