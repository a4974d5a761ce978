"""Liveness, readiness and metrics, for those who run the service."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.api.brake import BRAKE
from service.api.draining import DRAINING, is_draining
from service.api.keys import METRICS, SERVICES
from service.api.metrics import Shared
from service.api.observe import observe_middleware
from service.api.problems import nothing_there, problem_middleware
from service.api.requests import params
from service.metering.client_networks import unmapped
from service.metering.in_flight import over_counted

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from service.operations.core.services import Services

PATIENCE = 2.0
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
INSIDE = web.AppKey("inside", bool)
"""Set where an application is for operators alone."""
READY_KEY, READY_MS = "tg:ready", 60_000
"""Written, not only pinged: a replica, a full disk and a cluster without all its slots answer a PING too."""


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


async def healthz(_request: web.Request) -> web.Response:
    """Answer 200 while the event loop turns."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when Redis, SQL, local storage and render threads can be used and the worker is not ending, else 503.

    It says what cannot.
    An object store that is away is not our end: cached tiles and other roots go on.
    """
    services = request.app[SERVICES]
    _require_insider(request, services)
    names = ("redis", "sql", "storage")
    results = await asyncio.gather(
        _works(services.redis.set(READY_KEY, "1", px=READY_MS)),
        _works(services.accounts.store.ping()),
        _works(_roots_are_there(services)),
    )
    checks = {name: "ok" if works else "failed" for name, works in zip(names, results, strict=True)}
    draining = is_draining(request.app)
    checks["renders"] = "stuck" if services.threads.render.is_stuck else "ok"
    checks["worker"] = "draining" if draining else "ok"
    ready = all(results) and not services.threads.render.is_stuck and not draining
    return web.json_response(
        checks, status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, headers={"Cache-Control": "no-store"}
    )


async def metrics(request: web.Request) -> web.Response:
    """Answer Prometheus' text format."""
    measured, services = request.app[METRICS], request.app[SERVICES]
    if services.settings.metrics_port is not None and INSIDE not in request.app:
        raise nothing_there()
    _require_insider(request, services)
    measured.waiting.set(services.threads.render.waiting)
    measured.stuck.set(services.threads.render.stuck.threads if services.threads.render.stuck else 0)
    measured.events_dropped.set(services.events.log.dropped)
    if services.images.shared_tiles is not None:
        measured.tile_cache_failures.set(services.images.shared_tiles.failures)
    if services.images.tile_store is not None:
        measured.tile_store_failures.set(services.images.tile_store.failures)
    if services.images.prefetch is not None:
        measured.prefetched.set(services.images.prefetch.rendered)
        measured.prefetched_used.set(services.images.prefetch.used)
    measured.tell_lots()
    waiting = await _letter_waiting_seconds(services)
    text = await asyncio.to_thread(lambda: measured.text(_shared(services.settings.data_dir, waiting)))
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def inside_app(app: web.Application) -> web.Application:
    """Return an application for a port of its own, of one that is running: these three, and nothing of links."""
    inside = web.Application(middlewares=[observe_middleware, problem_middleware])
    inside[SERVICES], inside[METRICS], inside[BRAKE] = app[SERVICES], app[METRICS], app[BRAKE]
    if DRAINING in app:
        inside[DRAINING] = app[DRAINING]
    inside[INSIDE] = True
    add_routes(inside)
    return inside


def _shared(data_dir: Path, letter_waiting_seconds: float | None) -> Shared:
    """Return what all workers would say alike. Blocks."""
    return Shared(
        over_counted=over_counted(data_dir),
        data_free_bytes=shutil.disk_usage(data_dir).free,
        letter_waiting_seconds=letter_waiting_seconds,
    )


async def _letter_waiting_seconds(services: Services) -> float | None:
    """Return the age of the oldest letter that is still to be sent; None where SQL does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            oldest = await services.mail.store.oldest_waiting()
    except (SQLAlchemyError, OSError, TimeoutError):
        return None
    return 0.0 if oldest is None else max((datetime.now(UTC) - oldest).total_seconds(), 0.0)


def _require_insider(request: web.Request, services: Services) -> None:
    """Raise NotFound, as for any address where nothing is, unless the caller's network may look inside.

    A call that a proxy forwards which is not trusted may be anybody's.
    """
    settings, peer = services.settings, unmapped(request.remote or "")
    address = params.client(request, settings.trusted_proxies).address
    if address == peer and any(header in request.headers for header in FORWARDED):
        raise nothing_there()
    if peer and address != _own_address(request) and not params.is_in(address, settings.metrics_allow):
        raise nothing_there()


def _own_address(request: web.Request) -> str:
    """Return the address that the call was sent to: who has it too is on this machine."""
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return unmapped(name[0]) if isinstance(name, tuple) else ""


async def _works(check: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await check
    except (RedisError, SQLAlchemyError, OSError, TimeoutError):
        return False
    return True


async def _roots_are_there(services: Services) -> None:
    for folder in services.catalogue.roots.folders:
        await asyncio.to_thread(folder.stat)
