"""What a worker process does: serve one application on the socket that it inherited."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from contextlib import ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING

from service.processes.connection_counts import Crowd
from service.processes.heartbeats import Heartbeat
from service.processes.last_reads import marking_reads
from service.processes.logs import configure_logging
from service.processes.loops import finish_in_peace, run_until_signalled
from service.processes.serving.malloc_trim import sweep
from service.processes.serving.server import Server
from service.processes.valkey import embedded_valkey
from service.processes.worker_protocol import FAILED, READY, RETIRE, WorkerOrders

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from service.settings import Settings

logger = logging.getLogger(__name__)

BURIAL_TIMEOUT = 5.0  # seconds
BURIAL_POLL = 0.01  # seconds

REASON_LENGTH = 1000  # characters


def run_worker(create_app: Callable[[Settings], web.Application]) -> int:
    """Read orders, serve until told to stop, return the exit code.

    Failure policy: what goes wrong before the application listens is told to the supervisor, which decides whether to
    try again. SIGTERM, SIGINT, a worker that takes its place and a supervisor that is gone end it alike: no new
    connections, finish, clean up.
    """
    line = sys.stdin.buffer.readline()
    if not line:  # stood by, and was never needed
        return 0
    orders = WorkerOrders.model_validate_json(line)
    configure_logging(orders.settings.log_level)
    try:
        with marking_reads(orders.settings.data_dir):
            run_until_signalled(_work(orders, create_app), debug=orders.settings.debug_asyncio)
    except Exception as error:
        logger.exception("the worker failed")
        _report(FAILED + " ".join(f"{type(error).__name__}: {error}".split())[:REASON_LENGTH].encode())
        return 1
    return 0


async def _work(orders: WorkerOrders, create_app: Callable[[Settings], web.Application]) -> None:
    supervisor = await _standard_input()
    async with embedded_valkey(orders.settings.data_dir) if orders.embedded_valkey else nullcontext():
        server, delay = Server(create_app(orders.settings)), 0.0
        sweeping = asyncio.create_task(sweep())
        beating = ExitStack()
        try:
            await server.start(orders.listener, Crowd(orders.crowd, orders.place))
            beating.enter_context(Heartbeat(orders.heartbeats, orders.place).beating(server.is_stuck))
            gc.collect()
            gc.freeze()  # what is there now stays: to look through all of it holds everybody up for 50 ms each time
            _report(READY)
            delay = orders.settings.drain_delay  # if a signal ends us
            line = await supervisor.readline()
            delay = 0.0
            if line.strip() == RETIRE:
                await server.retire()
            else:
                logger.warning("the supervisor is gone: stopping")
                await _buried(orders.supervisor)
        finally:
            sweeping.cancel()
            finish_in_peace()
            await server.stop(delay)
            beating.close()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _buried(supervisor: int) -> None:
    """Return once the process has let go of all that it held, or after a while.

    A killed process closes its pipes before it drops its file locks: one worker after the other would leave Valkey to
    a user that is only dying.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(BURIAL_TIMEOUT):
            while os.getppid() == supervisor:  # noqa: ASYNC110  (the kernel tells nobody)
                await asyncio.sleep(BURIAL_POLL)


def _report(line: bytes) -> None:
    os.write(sys.stdout.fileno(), line + b"\n")
