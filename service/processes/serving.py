"""What a worker process does: serve one application on the socket that it inherited."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.orders import FAILED, READY, WorkerOrders
from service.processes.valkey import embedded_valkey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from service.settings import Settings

logger = logging.getLogger(__name__)

KEEPALIVE_TIMEOUT = 30.0  # seconds; aiohttp's own default is an hour
SHUTDOWN_TIMEOUT = 15.0  # seconds for the requests that are being answered when the worker is told to stop
BURIAL_TIMEOUT = 5.0  # seconds
BURIAL_POLL = 0.01  # seconds

REASON_LENGTH = 1000  # characters


def run_worker(create_app: Callable[[Settings], web.Application]) -> int:
    """Read orders, serve until told to stop, return the exit code.

    Failure policy: what goes wrong before the application listens is told to the supervisor, which decides whether to
    try again. SIGTERM, SIGINT and a supervisor that is gone end it alike: no new connections, finish, clean up.
    """
    orders = WorkerOrders.model_validate_json(sys.stdin.buffer.readline())
    configure_logging(orders.settings.log_level)
    try:
        run_until_signalled(_work(orders, create_app), debug=orders.settings.debug_asyncio)
    except Exception as error:
        logger.exception("the worker failed")
        _report(FAILED + " ".join(f"{type(error).__name__}: {error}".split())[:REASON_LENGTH].encode())
        return 1
    return 0


async def _work(orders: WorkerOrders, create_app: Callable[[Settings], web.Application]) -> None:
    supervisor = await _standard_input()
    valkey = embedded_valkey(orders.settings.data_dir) if orders.embedded_valkey else nullcontext()
    async with valkey, _listening(create_app(orders.settings), orders.listener):
        _report(READY)
        await supervisor.read()
        logger.warning("the supervisor is gone: stopping")
        await _buried(orders.supervisor)


@asynccontextmanager
async def _listening(app: web.Application, descriptor: int) -> AsyncIterator[None]:
    runner = web.AppRunner(
        app,
        access_log=None,  # it would write query strings, and keys are in them
        handler_cancellation=True,  # nobody renders for a client that has gone
        keepalive_timeout=KEEPALIVE_TIMEOUT,
        shutdown_timeout=SHUTDOWN_TIMEOUT,
    )
    try:
        await runner.setup()
        await web.SockSite(runner, socket.socket(fileno=descriptor)).start()
        yield
    finally:
        await runner.cleanup()


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
