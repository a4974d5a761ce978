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
from service.api.draining import is_draining
from service.api.keys import FAILURE, METRICS, SERVICES
from service.api.observe import log, request_id
from service.api.tile_counts import TileCounts
from service.api.tile_response import TileResponse
from service.delivery.tile_cache import ImageKey, TileKey
from service.links.admission import Proof
from service.links.guard import charge_of
from service.metering.usage import Units
from service.operations.images import max_age
from tiling.models import RasterSource

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.passes import Pass
    from service.metering.charges import Charge
    from service.operations.operation import ImageAnswer

ROUTE = "/s/{token}/{z}/{x}/{name}"
ADDRESSES = 10_000
LONGEST_ADDRESS = 512
"""Characters: with the above it bounds the memory, some 15 MB."""
API_KEY, PASSWORD, KEY = istr("X-Api-Key"), istr("X-Share-Password"), istr("X-Share-Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddress:
    """What the address of a tile said when it was read, letter by letter, and by which records."""

    opened: Pass
    key: TileKey
    etag: str
    charge: Charge
    """For the tile from the cache."""
    target_version: int

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
        self._app = app
        self._services = app[SERVICES]
        self._known: OrderedDict[str, KnownAddress] = OrderedDict()

    def remember(self, request: web.Request, admission: Admission, answer: ImageAnswer) -> None:
        """Remember the address of a metered tile whose key is in the address."""
        address, key = request.raw_path, request.query.get("key")
        if not key or len(address) > LONGEST_ADDRESS or admission.proof is not Proof.KEY or is_another_way(request):
            return
        if answer.body is None or not answer.metered or not is_of_one_raster(answer.key):
            return
        opened = self._services.passes.open(request.match_info["token"], key, datetime.now(UTC))
        if opened is None:
            return
        charge = charge_of(admission.link, Units(renders=1, cached=1, bytes=len(answer.body)))
        version = admission.target.version
        self._known[address] = KnownAddress(
            opened=opened, key=answer.key, etag=answer.etag, charge=charge, target_version=version
        )
        if len(self._known) > ADDRESSES:
            self._known.popitem(last=False)

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """Return the answer, or None where the ordinary way must be taken."""
        known = self._known.get(request.raw_path)
        if known is None or is_another_way(request) or is_draining(self._app):
            return None
        started, now = time.perf_counter(), datetime.now(UTC)
        caller = params.client(request, self._services.settings.trusted_proxies)
        admission = self._services.passes.admit(known.opened, caller, now)
        if admission is None or not known.holds_for(admission):
            return None
        tile = self._services.tiles.at_hand(known.key, admission.target)
        if tile is None or tile.body is None or len(tile.body) != known.charge.units.bytes:
            return None
        if not self._services.passes.count(admission, caller):
            return None
        self._known.move_to_end(request.raw_path)
        if not await self._charged(request, admission, known.charge):
            return None
        id_, age = request_id(request.headers), max_age(admission.link, self._services.settings.tile_max_age, now)
        self._note(admission, time.perf_counter() - started, id_)
        return TileResponse(tile.media_type, tile.body, etag=known.etag, max_age=age, request_id=id_)

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
