"""A worker with an application of a few routes, for tests of the processes alone."""

import asyncio
import ctypes
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from service.api.draining import IS_STUCK
from service.metering.in_flight import InFlight, counting_in
from service.processes.serving.serve import run_worker
from service.settings import Settings
from tiling.files.last_read import READING
from tiling.files.raster_source import RasterSource


async def who(_: web.Request) -> web.Response:
    return web.Response(text=str(os.getpid()))


async def die(request: web.Request) -> web.Response:
    request.app[IN_FLIGHT].hold()
    os.kill(os.getpid(), signal.SIGKILL)
    return web.Response()


async def setting(request: web.Request) -> web.Response:
    return web.Response(text=str(getattr(request.app[SETTINGS], request.query["name"])))


async def slow(_: web.Request) -> web.Response:
    await asyncio.sleep(1)
    return web.Response(text=str(os.getpid()))


async def freeze(_: web.Request) -> web.Response:
    ctypes.PyDLL(None).sleep(600)  # in C, with the GIL: nothing of Python goes on, whatever thread it is in
    return web.Response()


async def stick(request: web.Request) -> web.Response:
    request.app[STUCK].append(True)
    return web.Response(text=str(os.getpid()))


async def crash(request: web.Request) -> web.Response:
    """Read as many files as are named, in a thread each, and have the last thread earn a SIGSEGV."""
    names = request.query["reading"].split(",")
    for name in names[:-1]:
        read = threading.Thread(target=_read, args=(name, threading.Event().wait), daemon=True)
        read.start()
    threading.Thread(target=_read, args=(names[-1], lambda: ctypes.string_at(0)), daemon=True).start()
    await asyncio.sleep(60)
    return web.Response()


async def hang(request: web.Request) -> web.Response:
    """Read a file in a thread that holds the GIL and never ends."""
    names = request.query["reading"]
    threading.Thread(target=_read, args=(names, lambda: ctypes.PyDLL(None).sleep(600)), daemon=True).start()
    await asyncio.sleep(60)
    return web.Response()


def _read(name: str, do: Callable[[], object]) -> None:
    READING.begin(RasterSource(path=name, version="1"))
    do()


async def in_flight(app: web.Application) -> AsyncIterator[None]:
    with counting_in(app[SETTINGS].data_dir) as app[IN_FLIGHT]:
        yield


SETTINGS = web.AppKey("settings", Settings)
IN_FLIGHT = web.AppKey("in_flight", InFlight)
STUCK = web.AppKey("stuck", list)
ROUTES = (who, die, setting, slow, freeze, stick, crash, hang)


def create_app(settings: Settings) -> web.Application:
    if (settings.data_dir / "on-fire").exists():  # how a test asks for a worker that cannot start
        raise RuntimeError("the roof is on fire")
    app = web.Application()
    app[STUCK] = []
    app[IS_STUCK] = lambda: bool(app[STUCK])
    app[SETTINGS] = settings
    app.cleanup_ctx.append(in_flight)
    app.add_routes([web.get(f"/{handler.__name__}", handler) for handler in ROUTES])
    return app


if __name__ == "__main__":
    sys.exit(run_worker(create_app))
