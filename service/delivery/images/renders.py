"""Renders under way: each one once, together with its neighbours, and only while somebody waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from service.delivery.images.tile_cache import ImageKey, TileKey
from service.delivery.pool.flows import Place
from tiling.files.raster_source import RasterSource
from tiling.models import RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from service.delivery.pool.render_pool import RenderPool
    from service.identifiers import Flow

Outcome: TypeAlias = RenderedTile | Exception


@dataclass(slots=True, eq=False)
class _Wanted:
    """An image that somebody waits for."""

    key: ImageKey
    outcome: asyncio.Future[RenderedTile]
    place: Place
    callers: dict[Flow, int] = field(default_factory=dict)
    """How many of each flow."""
    has_begun: bool = False
    queueing: asyncio.Task[None] = field(init=False)


class Renders:
    """Single flight. What is asked for while it waits or is rendered is rendered once; all callers get it.

    When a tile's turn comes, those of its neighbours that wait as well go along in the same job: the tiles of the same
    aligned block of `side` by `side`, drawn alike. They read the same part of the raster. Nothing is rendered that
    nobody asked for: a render whose callers have all gone leaves the queue. One that has begun is finished, and kept.
    What several flows ask for takes the turn, and the seconds, of the one whose turn comes first.
    `render` blocks, and returns the outcome of each key; `keep` is called with each image.
    """

    def __init__(
        self,
        pool: RenderPool,
        render: Callable[[Sequence[ImageKey]], Sequence[Outcome]],
        keep: Callable[[ImageKey, RenderedTile], None],
        *,
        side: int = 1,
    ) -> None:
        self._pool = pool
        self._render = render
        self._keep = keep
        self._side = side
        self._wanted: dict[ImageKey, _Wanted] = {}

    @property
    def are_idle(self) -> bool:
        """Whether nothing waits and nothing is rendered."""
        return not self._wanted

    def has(self, key: ImageKey) -> bool:
        """Whether an image is waited for or rendered already: one more who asks costs nothing."""
        return key in self._wanted

    async def get(self, key: ImageKey, flow: Flow) -> RenderedTile:
        """Return an image. Raises what rendering raised, Unavailable, TimedOut."""
        wanted = self._wanted.get(key) or self._want(key, flow)
        wanted.callers[flow] = wanted.callers.get(flow, 0) + 1
        self._pool.move(wanted.place, flow, if_sooner=True)
        try:
            return await asyncio.shield(wanted.outcome)
        finally:
            self._leave(wanted, flow)

    def _leave(self, wanted: _Wanted, flow: Flow) -> None:
        """Have one caller less; the last one takes what has not begun out of the queue."""
        wanted.callers[flow] -= 1
        if wanted.callers[flow] > 0:
            return
        del wanted.callers[flow]
        if wanted.has_begun:
            return
        if not wanted.callers:
            self._forget(wanted)
            wanted.queueing.cancel()
        elif wanted.place.flow == flow:  # none of it wants it any more
            self._pool.move(wanted.place, next(iter(wanted.callers)))

    def _want(self, key: ImageKey, flow: Flow) -> _Wanted:
        wanted = _Wanted(key, asyncio.get_running_loop().create_future(), Place(flow))
        wanted.queueing = asyncio.create_task(self._queue(wanted))
        self._wanted[key] = wanted
        return wanted

    async def _queue(self, leader: _Wanted) -> None:
        """Wait for a thread, and render an image in it, with its neighbours."""
        together = list[_Wanted]()

        def begin() -> Callable[[], Sequence[Outcome]]:
            together.extend(self._gathered(leader))
            return partial(self._render, [wanted.key for wanted in together])

        try:
            outcomes: Sequence[Outcome] = await self._pool.run_chosen(begin, leader.place)
        except asyncio.CancelledError:
            if together or not leader.has_begun:  # else it is rendered with a neighbour
                self._settle(together or [leader], [None] * max(1, len(together)))
            raise
        except Exception as exc:  # noqa: BLE001  (reported to all who wait)
            outcomes = [exc] * max(1, len(together))
        self._settle(together or [leader], outcomes)

    def _gathered(self, leader: _Wanted) -> list[_Wanted]:
        """Return an image and its neighbours that wait, which leave the queue."""
        side = self._side if len(self._wanted) > 1 else 1
        found = (self._wanted.get(key) for key in neighbours(leader.key, side))
        others = [wanted for wanted in found if wanted is not None and not wanted.has_begun]
        for wanted in others:
            wanted.has_begun = True
            wanted.queueing.cancel()
        leader.has_begun = True
        return [leader, *others]

    def _settle(self, together: Sequence[_Wanted], outcomes: Sequence[Outcome | None]) -> None:
        """Give the outcome to those who wait; None: there will be none."""
        for wanted, outcome in zip(together, outcomes, strict=True):
            self._forget(wanted)
            if isinstance(outcome, RenderedTile):
                self._keep(wanted.key, outcome)
            if wanted.outcome.done():
                continue
            if outcome is None:
                wanted.outcome.cancel()
            elif isinstance(outcome, RenderedTile):
                wanted.outcome.set_result(outcome)
            else:
                wanted.outcome.set_exception(outcome)
                wanted.outcome.exception()  # all who waited may be gone: mark it as retrieved

    def _forget(self, wanted: _Wanted) -> None:
        if self._wanted.get(wanted.key) is wanted:
            del self._wanted[wanted.key]


def neighbours(key: ImageKey, side: int) -> Iterator[TileKey]:
    """Yield the other tiles of a tile's aligned block of `side` by `side`; in web mercator, of one raster."""
    if side == 1 or not isinstance(key, TileKey) or not isinstance(key.source, RasterSource):
        return
    if not isinstance(key.address, TileAddress):
        return
    z, left, top = key.address.z, key.address.x // side * side, key.address.y // side * side
    last = 2**z - 1
    for y in range(top, min(top + side - 1, last) + 1):
        for x in range(left, min(left + side - 1, last) + 1):
            if (x, y) != (key.address.x, key.address.y):
                yield key.at(TileAddress(z=z, x=x, y=y))
