"""The aiohttp application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from service.api import health, operations
from service.api.brake import BRAKE, Brake
from service.api.draining import INSIDE_APP, IS_STUCK
from service.api.files import drops, root_uploads
from service.api.files import handlers as files
from service.api.keys import METRICS, SERVICES
from service.api.metrics import Metrics
from service.api.observe import cors_middleware, observe_middleware
from service.api.openapi import document as openapi
from service.api.pages import access_form, embed_page, oembed, share_page, static_files
from service.api.pages.templates import compile_templates
from service.api.problems import problem_middleware
from service.api.requests.unsent import SEND_LIMITS, SendLimits
from service.api.sharer import routes as sharer
from service.api.shortcut import SHORTCUT
from service.api.tiles import basemap, values
from service.api.tiles import handlers as recipient
from service.api.tiles.tile_path import TILE_PATH, TilePath
from service.api.tracing import TRACES, open_traces
from service.composition.services import open_services
from service.operations.admission.basemap import report_basemap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.settings import Settings

MAX_BODY = 384 * 1024


def create_app(settings: Settings, *, rehearsed: bool = False) -> web.Application:
    """Return the application; its services are opened when it starts and closed when it ends.

    `rehearsed`: its render threads draw something before it starts, so that its first tile comes as soon as others.
    """

    async def services(app: web.Application) -> AsyncIterator[None]:
        async with open_services(settings) as opened:
            app[SERVICES] = opened
            await report_basemap(opened)
            app[IS_STUCK] = lambda: opened.threads.render.is_stuck
            if rehearsed:
                await opened.images.tiles.warm_up()
            traces = open_traces(settings)
            if traces is not None:
                app[TRACES] = traces
            app[BRAKE] = Brake(settings.refusal_hold)
            app[TILE_PATH] = TilePath(app)
            app[SHORTCUT] = app[TILE_PATH].by_address
            await asyncio.to_thread(compile_templates)
            yield
            app[METRICS].tell_lots()
            if traces is not None:
                await asyncio.to_thread(traces.spans.close)

    app = web.Application(
        middlewares=[observe_middleware, cors_middleware, problem_middleware], client_max_size=MAX_BODY
    )
    app[METRICS] = Metrics()
    app[INSIDE_APP] = lambda: health.inside_app(app)
    app[SEND_LIMITS] = SendLimits(
        patience=settings.client_patience,
        least_rate=settings.client_least_rate,
        unsent_bytes=settings.unsent_bytes,
    )
    app.cleanup_ctx.append(services)
    pages = (share_page, embed_page, oembed, access_form, static_files)
    for module in (health, openapi, root_uploads, operations, *pages, drops, files, recipient, basemap, values, sharer):
        module.add_routes(app)
    return app
