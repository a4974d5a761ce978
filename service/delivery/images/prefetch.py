"""Tiles that a pan or a zoom in would ask for next, rendered into the caches while nobody waits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from service.cancellation import is_cancelled
from service.delivery.images.tile_cache import TileKey
from tiling.files.raster_source import RasterSource
from tiling.models import MAX_ZOOM, TileAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

    from service.delivery.images.tile_cache import ImageKey
    from service.delivery.images.tiles import Tiles
    from service.delivery.pool.render_pool import RenderPool

Place: TypeAlias = tuple[int, int, int]
VIEW_TILES = 30
"""Tiles that the last view of a session may have: those that were asked for last."""
WIDEST = 8
"""Tiles of a side of a view; what is wider is several people, or a script."""
QUIET_SECONDS = 0.15
"""For so long nobody has asked for anything when a view is taken to be full."""
FORGOTTEN_SECONDS = 20.0
"""After so long a session is taken to have ended."""
MOST_SESSIONS = 64
REMEMBERED = 5000

logger = logging.getLogger(__name__)


def next_places(seen: Collection[Place]) -> list[Place]:
    """Return what lies around a view, nearest first, and then the view that a zoom in at its middle shows.

    `seen`: its tiles, of one zoom. Nothing for what is too wide to be a view.
    """
    if not seen:
        return []
    z = next(iter(seen))[0]
    left, right = min(x for _, x, _ in seen), max(x for _, x, _ in seen)
    top, bottom = min(y for _, _, y in seen), max(y for _, _, y in seen)
    width, height = right - left + 1, bottom - top + 1
    if max(width, height) > WIDEST:
        return []
    middle = (left + right) / 2, (top + bottom) / 2
    around = [
        (z, x, y)
        for x in range(left - 1, right + 2)
        for y in range(top - 1, bottom + 2)
        if not (left <= x <= right and top <= y <= bottom) and _is_tile(z, x, y)
    ]
    around.sort(key=lambda place: abs(place[1] - middle[0]) + abs(place[2] - middle[1]))
    first = left + right + 1 - width // 2, top + bottom + 1 - height // 2
    inside = [(z + 1, first[0] + x, first[1] + y) for x in range(width) for y in range(height)]
    return around + [place for place in inside if _is_tile(*place)]


@dataclass(slots=True)
class _Session:
    """What one caller looks at in one style."""

    key: TileKey
    seen: OrderedDict[Place, None] = field(default_factory=OrderedDict)
    at: float = 0.0
    ahead: list[Place] | None = None
    """What is still to be rendered, the last one first; None: not worked out for this view."""

    def look(self, key: TileKey, place: Place, now: float) -> None:
        """Take note of a tile of the present view."""
        if self.seen and next(reversed(self.seen))[0] != place[0]:
            self.seen.clear()
        self.key, self.at, self.ahead = key, now, None
        self.seen[place] = None
        self.seen.move_to_end(place)
        while len(self.seen) > VIEW_TILES:
            self.seen.popitem(last=False)

    def next(self) -> TileKey | None:
        """Return what to render next; None: nothing."""
        if self.ahead is None:
            self.ahead = next_places(self.seen)[::-1]
        if not self.ahead:
            return None
        z, x, y = self.ahead.pop()
        return self.key.at(TileAddress(z=z, x=x, y=y))


class Prefetch:
    """Fails open. One tile at a time, and none while a thread is at work or anybody waits; counted to nobody.

    `per_minute`: tiles that may be rendered so. A view that changes drops what was to come around the one before.
    """

    def __init__(
        self, tiles: Tiles, pool: RenderPool, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tiles, self._pool, self._clock = tiles, pool, clock
        self._per_second = per_minute / 60
        self._most = self._left = float(max(1, per_minute))
        self._filled_at = self._noted_at = clock()
        self._sessions: OrderedDict[Hashable, _Session] = OrderedDict()
        self._rendered: OrderedDict[bytes, None] = OrderedDict()
        self._wake = asyncio.Event()
        self.rendered = 0
        """Tiles that nobody had asked for."""
        self.used = 0
        """Of these, those that were asked for then."""

    def note(self, caller: Hashable, key: ImageKey) -> None:
        """Take note that a caller was sent a tile."""
        if not isinstance(key, TileKey) or not isinstance(key.source, RasterSource):
            return
        address = key.address
        if not isinstance(address, TileAddress):
            return
        now = self._noted_at = self._clock()
        if self._rendered and key.digest in self._rendered:
            del self._rendered[key.digest]
            self.used += 1
        name = (caller, key.style)
        session = self._sessions.get(name)
        if session is None:
            session = self._sessions[name] = _Session(key)
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        self._sessions.move_to_end(name)
        session.look(key, (address.z, address.x, address.y), now)
        self._wake.set()

    async def run(self) -> None:
        """Render ahead until cancelled."""
        while not is_cancelled():
            await self._wake.wait()
            self._wake.clear()
            try:
                while await self.step():
                    pass
            except Exception:
                logger.exception("nothing is rendered ahead of this view")

    async def step(self) -> bool:
        """Render one tile ahead, or wait for a moment to; return whether there may be more."""
        await self._idle()
        key = self._next()
        if key is None:
            return False
        if await self._tiles.render_ahead(key):
            self.rendered += 1
            self._left -= 1
            self._rendered[key.digest] = None
            if len(self._rendered) > REMEMBERED:
                self._rendered.popitem(last=False)
        return True

    @property
    def may_render(self) -> bool:
        """Whether nobody waits or was served a moment ago, no thread is at work, and the budget is not used up."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        is_quiet = now - self._noted_at >= QUIET_SECONDS
        return is_quiet and self._left >= 1 and self._pool.waiting == 0 and self._pool.free == self._pool.threads

    async def _idle(self) -> None:
        while not self.may_render:  # noqa: ASYNC110  (a glance at some numbers)
            await asyncio.sleep(QUIET_SECONDS / 3)

    def _next(self) -> TileKey | None:
        """Return a tile of the session that was heard of last."""
        for name in reversed(list(self._sessions)):
            session = self._sessions[name]
            key = session.next() if self._clock() - session.at < FORGOTTEN_SECONDS else None
            if key is not None:
                return key
            if session.at + FORGOTTEN_SECONDS < self._clock():
                del self._sessions[name]
        return None


def _is_tile(z: int, x: int, y: int) -> bool:
    return z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z
