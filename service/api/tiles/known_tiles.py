"""The fast way of a map's tiles: what their addresses say is remembered, what may change is checked with each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard

from aiohttp import hdrs, web

from service.api.draining import DRAINING
from service.api.keys import FAILURE, METRICS, SERVICES
from service.api.observe import log, request_id
from service.api.rate_headers import told
from service.api.requests import params
from service.api.tiles.another_way import is_another_way
from service.api.tiles.known_maps import KnownMap, KnownMaps, KnownTile
from service.api.tiles.refusal import Refusals, is_overload
from service.api.tiles.tile_counts import TileCounts
from service.api.tiles.tile_response import TileResponse
from service.delivery.images.tile_cache import ImageKey, TileKey
from service.delivery.images.tile_cache import etag as image_etag
from service.links.admission import Proof
from service.links.events.event import EventKind, Use
from service.links.guard import charge_of
from service.metering.usage import Units
from tiling.files.raster_source import RasterSource

if TYPE_CHECKING:
    from service.links.admission import Admission, Client
    from service.metering.charges import Charge
    from service.operations.core.operation import ImageAnswer

ROUTE = "/s/{token}/{z}/{x}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A tile that is to be sent, once it is counted."""

    media_type: str
    body: bytes
    etag: str
    charge: Charge


class KnownTiles:
    """Answers GET of the tiles of maps that are known: of which one tile was sent before, by the ordinary way.

    Whatever else is neither a plain 200 nor a refusal in overload takes the ordinary way, from its beginning, as if
    nobody had looked: so all checks and errors are there, once. The memory is keyed by the whole address as it was
    sent, token and key included, but for z, x and y: who has not all of it, letter by letter, finds nothing. It is
    bounded; the least recently used goes first.
    """

    def __init__(self, app: web.Application) -> None:
        self.counts = TileCounts(app[METRICS], ROUTE)
        self.refusals = Refusals(app, ROUTE)
        self._draining = app.get(DRAINING)
        self._services = services = app[SERVICES]
        self._passes, self._tiles, self._events = services.passes, services.tiles, services.events
        self._trusted, self._longest = services.settings.trusted_proxies, services.settings.tile_max_age
        self._known = KnownMaps()

    def remember(self, request: web.Request, admission: Admission, answer: ImageAnswer) -> None:
        """Remember the map of a metered tile whose key is in the address."""
        address, key = request.raw_path, request.query.get("key")
        if not key or admission.proof is not Proof.KEY or is_another_way(request):
            return
        if answer.body is None or not answer.metered or not is_of_one_raster(answer.key):
            return
        now = datetime.now(UTC)
        opened = self._passes.open(request.match_info["token"], key, now, admission.picked)
        grant = self._passes.grant(opened, now) if opened else None
        if opened is None or grant is None:
            return
        known = KnownMap(
            opened=opened,
            key=answer.key,
            link_version=admission.link.version,
            target_version=admission.target.version,
            grant=grant,
        )
        if known.holds_for(grant.admission) and self._known.add_map(address, known):
            self._remember_tile(address, known, answer.key, answer.etag, len(answer.body))

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """Return the answer, or None where the ordinary way must be taken."""
        address = request.raw_path
        tile = self._known.tiles.get(address)
        known, key = (tile.map, tile.key) if tile else self._tile_of_map(address)
        if known is None or key is None or is_another_way(request) or self._is_draining():
            return None
        started, now = time.perf_counter(), time.time()
        caller = params.client(request, self._trusted)
        if not self._admits(known, caller, now) or not self._tiles.is_of(key, known.grant.admission.target):
            return None
        admission = known.grant.admission
        if not self._passes.count(admission, caller):
            return None
        cached = self._cached(tile)
        is_full = cached is None and self._tiles.refuses(key, admission.flow)
        found = None if is_full else cached or await self._deliver(request, known, key, caller)
        if is_full or is_overload(request.get(FAILURE)):
            return await self.refusals.answer(request, admission, caller)
        if found is None or not await self._charged(request, admission, found.charge):
            return None
        id_, age = request_id(request.headers), max(0, int(min(self._longest, known.grant.link_expires - now)))
        self._note(admission, time.perf_counter() - started, id_)
        user_agent = request.headers.get(hdrs.USER_AGENT, "")
        use = Use(admission.link.id, EventKind.TILES, 200, caller.address, user_agent, admission.key_id)
        self._events.note(use, now)
        return TileResponse(
            found.media_type,
            found.body,
            etag=found.etag,
            max_age=age,
            request_id=id_,
            now=int(now),
            limits={} if cached else told(self._passes.left(admission, caller)),
        )

    def _is_draining(self) -> bool:
        return self._draining is not None and self._draining.is_set()

    def _tile_of_map(self, address: str) -> tuple[KnownMap, TileKey] | tuple[None, None]:
        """Return the map that an address belongs to, where it is known and shares the zoom, and which tile it is."""
        known, which = self._known.map_of(address) or (None, None)
        if known is None or which is None or known.grant.admission.link.clamp_zoom(which.z) != which.z:
            return None, None
        return known, known.key.at(which)

    def _remember_tile(self, address: str, known: KnownMap, key: TileKey, etag: str, size: int) -> None:
        charge = charge_of(known.grant.admission.link, Units(renders=1, cached=1, bytes=size))
        self._known.add_tile(KnownTile(address=address, map=known, key=key, etag=etag, charge=charge))

    def _admits(self, known: KnownMap, caller: Client, now: float) -> bool:
        """Whether a caller is admitted to what an address says, at a moment (Unix seconds)."""
        if self._passes.holds(known.grant, caller, now):
            return True
        renewed = self._passes.grant(known.opened, datetime.fromtimestamp(now, UTC))
        if renewed is None or not known.holds_for(renewed.admission):
            return False
        known.grant = renewed
        return self._passes.holds(renewed, caller, now)

    def _cached(self, tile: KnownTile | None) -> Found | None:
        """Return what was sent before under the same address, where it still is in the cache."""
        drawn = self._tiles.cached(tile.key) if tile else None
        if tile is None or drawn is None or drawn.body is None or len(drawn.body) != tile.charge.units.bytes:
            return None
        self._known.add_tile(tile)
        return Found(media_type=drawn.media_type, body=drawn.body, etag=tile.etag, charge=tile.charge)

    async def _deliver(self, request: web.Request, known: KnownMap, key: TileKey, caller: Client) -> Found | None:
        """Render a tile, or find it. What goes wrong is told by the ordinary way, which does not try again."""
        admission = known.grant.admission
        try:
            delivered = await self._tiles.get(key, admission.flow)
        except Exception as exc:  # noqa: BLE001  (it is raised there)
            request[FAILURE] = exc
            return None
        tile, etag = delivered.tile, image_etag(key, self._services.etag_secret)
        if tile.body is None:
            self._passes.give_back(admission, caller)  # the ordinary way counts it
            return None
        charge = charge_of(admission.link, Units(renders=1, cached=int(delivered.cached), bytes=len(tile.body)))
        self._remember_tile(request.raw_path, known, key, etag, len(tile.body))
        return Found(media_type=tile.media_type, body=tile.body, etag=etag, charge=charge)

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


KNOWN_TILES = web.AppKey("known_tiles", KnownTiles)
