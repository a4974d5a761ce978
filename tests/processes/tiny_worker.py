"""A worker with an application of three routes, for tests of the processes alone."""

import os
import signal
import sys

from aiohttp import web

from service.processes.serving import run_worker
from service.settings import Settings


async def who(_: web.Request) -> web.Response:
    return web.Response(text=str(os.getpid()))


async def die(_: web.Request) -> web.Response:
    os.kill(os.getpid(), signal.SIGKILL)
    return web.Response()


async def setting(request: web.Request) -> web.Response:
    return web.Response(text=str(getattr(request.app[SETTINGS], request.query["name"])))


SETTINGS = web.AppKey("settings", Settings)


def create_app(settings: Settings) -> web.Application:
    if settings.log_level == "ERROR":  # how a test asks for a worker that cannot start
        raise RuntimeError("the roof is on fire")
    app = web.Application()
    app[SETTINGS] = settings
    app.add_routes([web.get("/who", who), web.get("/die", die), web.get("/setting", setting)])
    return app


if __name__ == "__main__":
    sys.exit(run_worker(create_app))
