"""A worker with an application of a few routes, for tests of the processes alone."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

from aiohttp import web

from service.metering.in_flight import InFlight, counting_in
from service.processes.serving import run_worker
from service.settings import Settings


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


async def in_flight(app: web.Application) -> AsyncIterator[None]:
    with counting_in(app[SETTINGS].data_dir) as app[IN_FLIGHT]:
        yield


SETTINGS = web.AppKey("settings", Settings)
IN_FLIGHT = web.AppKey("in_flight", InFlight)


def create_app(settings: Settings) -> web.Application:
    if (settings.data_dir / "on-fire").exists():  # how a test asks for a worker that cannot start
        raise RuntimeError("the roof is on fire")
    app = web.Application()
    app[SETTINGS] = settings
    app.cleanup_ctx.append(in_flight)
    app.add_routes([web.get(f"/{handler.__name__}", handler) for handler in (who, die, setting, slow)])
    return app


if __name__ == "__main__":
    sys.exit(run_worker(create_app))
