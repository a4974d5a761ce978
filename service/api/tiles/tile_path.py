"""One tile, from its address to its answer: plan, authorize, tiles, charge, write. Every answer takes this path."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from service.api.brake import BRAKE
from service.api.draining import DRAINING
from service.api.events import REFUSED
from service.api.header_lines import lines_of
from service.api.keys import METRICS, SERVICES
from service.api.observe import log, request_id
from service.api.operations import context_of, for_recipients
from service.api.problems import CLOSING, STATUS, problem_document, problem_headers, told
from service.api.rate_headers import allowance_lines
from service.api.requests import params
from service.api.requests.well_formed import require_address, require_text
from service.api.responses.image_response import image_lines, status_of
from service.api.tiles.tile_counts import TileCounts
from service.api.tiles.tile_plans import Plans
from service.api.tiles.tile_response import tile_response
from service.api.tracing import TRACES
from service.delivery.images.tiles import transparent_tile
from service.links.caller import Proof
from service.links.events.event import EventKind, Use
from service.operations.admission.select_target import pick
from service.operations.admission.tile_styles import TileSpot
from service.operations.admission.times import in_time
from service.operations.recipient import images

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from service.api.prepared_response import PreparedResponse
    from service.api.tiles.tile_plans import Asked, Plan
    from service.links.admission import Admission, Client
    from service.metering.limits import Allowance
    from service.operations.core.operation import Context, ImageAnswer

ROUTE = "/s/{token}/{z}/{x}/{name}"
GRID_ROUTE = "/s/{token}/tiles/{grid}/{z}/{x}/{name}"
PROBLEM_TYPE = "application/problem+json; charset=utf-8"


@dataclass(slots=True)
class Exchange:
    """A request for a tile, and what its answer is told by."""

    request: web.Request
    asked: Asked
    client: Client
    id: str
    started: float


class TilePath:
    """Answers GET of tiles. Who finds it by the address alone needs neither routes nor middlewares."""

    def __init__(self, app: web.Application) -> None:
        services = app[SERVICES]
        self._draining, self._traces = app.get(DRAINING), app.get(TRACES)
        self._services = services
        self._trusted = services.settings.trusted_proxies
        self._metrics, self._brake = app[METRICS], app[BRAKE]
        tiers = services.images.tiles.tiers
        self._counts = {route: TileCounts(self._metrics, route, tiers) for route in (ROUTE, GRID_ROUTE)}
        self.plans = Plans(services.links.tokens, services.links.key_signer)

    def by_address(self, request: web.Request) -> Awaitable[web.StreamResponse] | None:
        """Begin to answer a request that is plainly one for a tile; None for all that the router must look at."""
        if request.method != hdrs.METH_GET or hdrs.EXPECT in request.headers:
            return None
        asked = self.plans.by_address(request)
        return None if asked is None else self.answer(request, asked)

    async def answer(self, request: web.Request, asked: Asked) -> PreparedResponse:
        """Answer a tile: 200, 204, 304 or a problem. It is logged, counted and noted here."""
        started, client = time.perf_counter(), params.client(request, self._trusted)
        exchange = Exchange(request, asked, client, request_id(request.headers), started)
        try:
            answer = await self._image(exchange)
        except Exception as exc:  # noqa: BLE001  (told to the caller)
            return await self._tell(exchange, exc)
        lines, body = image_lines(answer), answer.body
        if body is not None:
            lines += f"Content-Type: {answer.media_type}\r\n"
        return self._write(exchange, status_of(answer), lines, body or b"", metered=answer.metered)

    async def _image(self, exchange: Exchange) -> ImageAnswer:
        """Return the tile, or what takes its place. Raises what is wrong first, in the order of the steps."""
        request, asked, client = exchange.request, exchange.asked, exchange.client
        url, plan = asked.url, asked.plan
        if not plan.is_well_formed:
            require_address(request, url.token)
            plan.is_well_formed = True
        require_text(request)
        context = for_recipients(await context_of(request, self._services, client, plan.credential))
        admission = await self._admitted(context, plan)
        if not asked.is_remembered:
            self.plans.remember(request, asked)
        admission = in_time(await pick(context, admission, plan.item), plan.datetime)
        style, spot = plan.style(request, url), asked.spot
        if spot is None:
            spot = asked.spot = TileSpot(url.tile())
        answer = await images.tile(context, admission, style, spot)
        if answer.body is None and not answer.not_modified and plan.is_transparent and answer.size[0]:
            return answer._replace(body=transparent_tile(*answer.size), media_type="image/png")
        return answer

    async def _admitted(self, context: Context, plan: Plan) -> Admission:
        """Authorize the caller; the meter, or Redis, must be asked before anything is sent."""
        credential, authorize = context.credential, self._services.links.authorizer.authorize
        if credential is not plan.credential:
            return await authorize(plan.claim, credential, context.client, confirm=False)
        admission = await authorize(plan.claim, credential, context.client, confirm=False, before=plan.admitted)
        plan.admitted = admission
        return admission

    async def _tell(self, exchange: Exchange, exc: Exception) -> PreparedResponse:
        """Answer with the problem document of an error."""
        problem = await told(exc, exchange.id, self._brake, exchange.client.trail.link_id)
        self._metrics.errors.labels(problem.code).inc()
        lines = lines_of({**problem_headers(exchange.request, problem), "Content-Type": PROBLEM_TYPE})
        body = json.dumps(problem_document(exchange.id, problem)).encode()
        return self._write(exchange, STATUS[problem.code], lines, body, closes=problem.code in CLOSING)

    def _write(
        self,
        exchange: Exchange,
        status: int,
        lines: str,
        body: bytes,
        *,
        metered: bool = False,
        closes: bool = False,
    ) -> PreparedResponse:
        """Write an answer, and report it: to the metrics, the access log and the link's owner."""
        request, client, now = exchange.request, exchange.client, time.time()
        seconds, trail = time.perf_counter() - exchange.started, client.trail
        route = ROUTE if exchange.asked.url.grid is None else GRID_ROUTE
        self._counts[route].add(status, seconds, metered=metered)
        log(hdrs.METH_GET, route, status, seconds, trail.link_id or "-", exchange.id)
        if self._traces is not None:
            self._traces.answered(request, route, status, seconds, trail.link_id or "-", exchange.id)
        if trail.link_id is not None and trail.proof is not Proof.SHARER:
            kind = EventKind.DENIED if status in REFUSED else EventKind.TILES
            user_agent = request.headers.get(hdrs.USER_AGENT, "")
            use = Use(trail.link_id, kind, status, client.address, user_agent, trail.key_id)
            self._services.events.log.note(use, now)
        lines += f"{allowance_lines(trail.allowance or self._left(exchange))}X-Request-ID: {exchange.id}\r\n"
        may_stay = not closes and (self._draining is None or not self._draining.is_set())
        return tile_response(request, status, lines, body, now=int(now), may_stay=may_stay)

    def _left(self, exchange: Exchange) -> Allowance | None:
        """Return what is left to a caller who was not counted."""
        claim, limiter = exchange.asked.plan.claim, self._services.metering.tile_limiter
        return None if claim is None else limiter.look(claim.link_id, exchange.client.address)


TILE_PATH = web.AppKey("tile_path", TilePath)
