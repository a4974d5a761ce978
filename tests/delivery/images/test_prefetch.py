"""Rendering ahead: what comes next of a view, and that it never stands in anybody's way."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.images.prefetch import FORGOTTEN_SECONDS, QUIET_SECONDS, WIDEST, Place, Prefetch, next_places
from service.delivery.images.tile_cache import TileKey
from service.delivery.pool.render_pool import RenderPool
from tests.delivery.images.test_tile_cache import KEY
from tiling.models import TileAddress
from tiling.mosaic import MosaicSource

VIEW = [(10, x, y) for x in range(500, 504) for y in range(300, 303)]


@dataclass
class Tiles:
    """In place of those that render."""

    known: set[TileKey] = field(default_factory=set)
    asked: list[Place] = field(default_factory=list)

    async def render_ahead(self, key: TileKey) -> bool:
        assert isinstance(key.address, TileAddress)
        self.asked.append((key.address.z, key.address.x, key.address.y))
        return key not in self.known


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pool:
    """As much of a pool as is looked at."""

    threads: int = 2
    free: int = 2
    waiting: int = 0


@dataclass
class Desk:
    """A prefetch with all that it stands on."""

    tiles: Tiles = field(default_factory=Tiles)
    clock: Clock = field(default_factory=Clock)
    pool: Pool = field(default_factory=Pool)
    per_minute: int = 600

    def __post_init__(self) -> None:
        self.prefetch = Prefetch(self.tiles, self.pool, self.per_minute, self.clock)  # type: ignore[arg-type]

    def show(self, places: list[Place], caller: str = "a") -> None:
        for z, x, y in places:
            self.prefetch.note(caller, KEY.at(TileAddress(z=z, x=x, y=y)))

    async def all(self) -> list[Place]:
        """Render until there is nothing more, once it is quiet."""
        self.clock.now += 2 * QUIET_SECONDS
        while await self.prefetch.step():
            pass
        return self.tiles.asked


@given(st.integers(0, 24), st.data())
def test_what_comes_next_is_around_the_view_or_a_zoom_in_at_its_middle(z: int, data: st.DataObject) -> None:
    side = 2**z
    width, height = (data.draw(st.integers(1, min(WIDEST, side))) for _ in range(2))
    left, top = data.draw(st.integers(0, side - width)), data.draw(st.integers(0, side - height))
    view = {(z, left + x, top + y) for x in range(width) for y in range(height)}
    found = next_places(view)
    assert len(found) == len(set(found)) <= 2 * (width + height) + 4 + width * height
    assert not view & set(found)
    for zoom, x, y in found:
        assert 0 <= x < 2**zoom
        assert 0 <= y < 2**zoom
        near = (x, y) if zoom == z else (x // 2, y // 2)
        assert left - 1 <= near[0] <= left + width
        assert top - 1 <= near[1] <= top + height
        assert zoom == z or (z, *near) in view


async def test_the_ring_is_rendered_first_and_then_the_zoom_in() -> None:
    desk = Desk()
    desk.show(VIEW)
    found = await desk.all()
    assert found == next_places(VIEW)
    assert [place[0] for place in found] == [10] * 18 + [11] * 12
    assert desk.prefetch.rendered == 30


async def test_what_is_there_already_is_not_counted_and_what_was_used_is() -> None:
    desk = Desk()
    ahead = [KEY.at(TileAddress(z=z, x=x, y=y)) for z, x, y in next_places(VIEW)]
    desk.tiles.known = set(ahead[:10])
    desk.show(VIEW)
    await desk.all()
    assert desk.prefetch.rendered == 20
    for key in (ahead[0], ahead[-1], ahead[-1]):
        desk.prefetch.note("a", key)
    assert desk.prefetch.used == 1


@pytest.mark.parametrize("busy", ["waiting", "at work", "asked a moment ago", "budget"])
async def test_nothing_is_rendered_ahead_while_anybody_may_wait(busy: str) -> None:
    desk = Desk(per_minute=2 if busy == "budget" else 600)
    desk.show(VIEW)
    desk.clock.now += 0 if busy == "asked a moment ago" else 2 * QUIET_SECONDS
    if busy == "budget":
        assert [await desk.prefetch.step() for _ in range(2)] == [True, True]
    desk.pool.waiting, desk.pool.free = int(busy == "waiting"), 2 - int(busy == "at work")
    assert not desk.prefetch.may_render
    desk.pool.waiting, desk.pool.free = 0, 2
    desk.clock.now += 60
    assert desk.prefetch.may_render


async def test_a_view_that_changes_drops_what_was_to_come() -> None:
    desk = Desk()
    desk.show(VIEW)
    desk.clock.now += 2 * QUIET_SECONDS
    assert await desk.prefetch.step()
    desk.show([(12, 7, 7)])
    found = (await desk.all())[1:]
    assert found == next_places([(12, 7, 7)])


async def test_a_session_that_has_ended_is_forgotten_and_a_script_is_no_session() -> None:
    desk = Desk()
    desk.show(VIEW)
    desk.clock.now += FORGOTTEN_SECONDS
    assert await desk.all() == []
    desk.show([(12, 100 * x, 7) for x in range(5)], "b")
    assert await desk.all() == []


async def test_mosaics_are_left_out() -> None:
    desk = Desk()
    source = MosaicSource(parts=(), candidates=0)
    key = TileKey(
        source=source, address=TileAddress(z=3, x=1, y=1), profile=KEY.profile, format=KEY.format, tilesize=256
    )
    desk.prefetch.note("a", key)
    assert await desk.all() == []


def test_a_pool_has_what_is_looked_at() -> None:
    pool = RenderPool(threads=1, queue=1, wait=1, timeout=1)
    assert (pool.threads, pool.free, pool.waiting) == (1, 1, 0)
