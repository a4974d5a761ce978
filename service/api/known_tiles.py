"""The fast way of a tile that is asked for again: what its address says is remembered, what may change is checked."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard

from aiohttp import hdrs, web
from aiohttp.http import HttpVersion11
from multidict import istr

from service.api import params
from service.api.draining import DRAINING
from service.api.keys import FAILURE, METRICS, SERVICES
from service.api.observe import log, request_id
from service.api.tile_counts import TileCounts
from service.api.tile_response import TileResponse
from service.delivery.tile_cache import ImageKey, TileKey
from service.links.admission import Proof
from service.links.event import EventKind, Use
from service.links.guard import charge_of
from service.metering.usage import Units
from tiling.models import RasterSource

if TYPE_CHECKING:
    from service.links.admission import Admission, Client
    from service.links.passes import Grant, Pass
    from service.metering.charges import Charge
    from service.operations.operation import ImageAnswer

ROUTE = "/s/{token}/{z}/{x}/{name}"
ADDRESSES = 10_000
LONGEST_ADDRESS = 512
"""Characters: with the above it bounds the memory, some 15 MB."""
API_KEY, PASSWORD, KEY = istr("X-Api-Key"), istr("X-Share-Password"), istr("X-Share-Key")


@dataclass(slots=True, kw_only=True)
class KnownAddress:
    """What the address of a tile said when it was read, letter by letter, and by which records."""

    opened: Pass
    key: TileKey
    etag: str
    charge: Charge
    """For the tile from the cache."""
    target_version: int
    grant: Grant
    """Renewed when the records are."""

    def holds_for(self, admission: Admission) -> bool:
        """Whether the address says the same today: profile, zooms and file follow from these two records."""
        return admission.link.version == self.charge.version and admission.target.version == self.target_version


class KnownTiles:
    """Answers GET of a tile that is in the tile cache and was sent before under the same address; nothing else.

    Whatever is not a plain 200 takes the ordinary way, from its beginning, as if nobody had looked: so all checks and
    all errors are there, once. The memory is keyed by the whole address as it was sent, with token and key in it: who
    has not both, letter by letter, finds nothing. It is bounded; the least recently used goes first.
    """

    def __init__(self, app: web.Application) -> None:
        self.counts = TileCounts(app[METRICS], ROUTE)
        self._draining = app.get(DRAINING)
        self._services = services = app[SERVICES]
        self._passes, self._tiles, self._events = services.passes, services.tiles, services.events
        self._trusted, self._longest = services.settings.trusted_proxies, services.settings.tile_max_age
        self._known: OrderedDict[str, KnownAddress] = OrderedDict()

    def remember(self, request: web.Request, admission: Admission, answer: ImageAnswer) -> None:
        """Remember the address of a metered tile whose key is in the address."""
        address, key = request.raw_path, request.query.get("key")
        if not key or len(address) > LONGEST_ADDRESS or admission.proof is not Proof.KEY or is_another_way(request):
            return
        if answer.body is None or not answer.metered or not is_of_one_raster(answer.key):
            return
        now = datetime.now(UTC)
        opened = self._passes.open(request.match_info["token"], key, now, admission.picked)
        grant = self._passes.grant(opened, now) if opened else None
        if opened is None or grant is None:
            return
        known = KnownAddress(
            opened=opened,
            key=answer.key,
            etag=answer.etag,
            charge=charge_of(admission.link, Units(renders=1, cached=1, bytes=len(answer.body))),
            target_version=admission.target.version,
            grant=grant,
        )
        if known.holds_for(grant.admission):
            self._known[address] = known
            if len(self._known) > ADDRESSES:
                self._known.popitem(last=False)

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """Return the answer, or None where the ordinary way must be taken."""
        address = request.raw_path
        known = self._known.get(address)
        if known is None or is_another_way(request) or (self._draining is not None and self._draining.is_set()):
            return None
        started, now = time.perf_counter(), time.time()
        caller = params.client(request, self._trusted)
        if not self._admits(known, caller, now):
            return None
        admission, tile = known.grant.admission, self._tiles.at_hand(known.key, known.grant.admission.target)
        if tile is None or tile.body is None or len(tile.body) != known.charge.units.bytes:
            return None
        if not self._passes.count(admission, caller):
            return None
        self._known.move_to_end(address)
        if not await self._charged(request, admission, known.charge):
            return None
        id_, age = request_id(request.headers), max(0, int(min(self._longest, known.grant.link_expires - now)))
        self._note(admission, time.perf_counter() - started, id_)
        user_agent = request.headers.get(hdrs.USER_AGENT, "")
        use = Use(admission.link.id, EventKind.TILES, 200, caller.address, user_agent, admission.key_id)
        self._events.note(use, now)
        return TileResponse(tile.media_type, tile.body, etag=known.etag, max_age=age, request_id=id_, now=int(now))

    def _admits(self, known: KnownAddress, caller: Client, now: float) -> bool:
        """Whether a caller is admitted to what an address says, at a moment (Unix seconds)."""
        if self._passes.holds(known.grant, caller, now):
            return True
        renewed = self._passes.grant(known.opened, datetime.fromtimestamp(now, UTC))
        if renewed is None or not known.holds_for(renewed.admission):
            return False
        known.grant = renewed
        return self._passes.holds(renewed, caller, now)

    async def _charged(self, request: web.Request, admission: Admission, charge: Charge) -> bool:
        """Count a tile. What goes wrong is told by the ordinary way, which does not try again."""
        self._services.in_flight.hold()
        try:
            await self._services.doorkeeper.charge_again(admission, charge)
        except Exception as exc:  # noqa: BLE001  (it is raised there)
            request[FAILURE] = exc
            return False
        return True

    def _note(self, admission: Admission, seconds: float, id_: str) -> None:
        self.counts.add(seconds)
        log("GET", ROUTE, 200, seconds, admission.link.id, id_)


def is_of_one_raster(key: ImageKey) -> TypeGuard[TileKey]:
    """Whether an image is a tile of one raster. Of a mosaic each part had to be looked for."""
    return isinstance(key, TileKey) and isinstance(key.source, RasterSource)


def is_another_way(request: web.Request) -> bool:
    """Whether a request is no plain GET over HTTP/1.1 that its address alone admits, by a client that stays."""
    if request.method != hdrs.METH_GET or request.version != HttpVersion11 or not request.keep_alive:
        return True
    headers = request.headers
    if API_KEY in headers or PASSWORD in headers or KEY in headers:
        return True
    return hdrs.AUTHORIZATION in headers or hdrs.IF_NONE_MATCH in headers or hdrs.EXPECT in headers


KNOWN_TILES = web.AppKey("known_tiles", KnownTiles)
