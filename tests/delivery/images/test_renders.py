"""Renders under way: once each, with waiting neighbours, and not for those who have gone."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.delivery.images.renders import Outcome, Renders, neighbours
from service.delivery.images.tile_cache import ImageKey, TileKey, as_drawn
from service.delivery.pool.render_pool import RenderPool
from service.errors import TimedOut, Unavailable
from service.identifiers import OURS, Flow
from tests.catalogue.samples import make_profile
from tiling.errors import SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

SOURCE = RasterSource(path="/a.tif", version="1")


def key(x: int, y: int = 0, z: int = 5) -> TileKey:
    return TileKey(
        source=SOURCE,
        address=TileAddress(z=z, x=x, y=y),
        profile=as_drawn(make_profile()),
        format=ImageFormat.PNG,
        tilesize=256,
    )


BUSY = key(20)
"""What holds the one thread while others wait."""


def image_of(one: ImageKey) -> RenderedTile:
    return RenderedTile(body=repr(one).encode(), media_type="image/png", width=256, height=256)


class Painter:
    """Renders in one thread; can be held, and fails where it is told to."""

    def __init__(self) -> None:
        self.jobs: list[list[ImageKey]] = []
        self.kept: dict[ImageKey, RenderedTile] = {}
        self.bad: set[ImageKey] = set()
        self.may_end = threading.Event()

    def __call__(self, keys: Sequence[ImageKey]) -> list[Outcome]:
        self.jobs.append(list(keys))
        self.may_end.wait(10)
        return [SourceUnreadable("bad") if one in self.bad else image_of(one) for one in keys]


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
async def renders(painter: Painter) -> AsyncIterator[Renders]:
    async with RenderPool(threads=1, queue=50, wait=5, timeout=5) as pool:
        yield Renders(pool, painter, painter.kept.__setitem__, side=2)
        painter.may_end.set()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  (what it waits for happens in a thread)
            await asyncio.sleep(0.001)


async def asked(renders: Renders, painter: Painter, keys: Sequence[ImageKey]) -> list[asyncio.Task[RenderedTile]]:
    """Ask for images while the one thread is busy."""
    tasks = [asyncio.create_task(renders.get(BUSY, OURS))]
    await until(lambda: len(painter.jobs) == 1)
    tasks += [asyncio.create_task(renders.get(one, OURS)) for one in keys]
    await until(lambda: renders._pool.waiting == len(set(keys)))
    return tasks


async def test_waiting_neighbours_make_one_job_and_each_gets_its_own_tile(renders: Renders, painter: Painter) -> None:
    block = [key(4, 2), key(5, 2), key(4, 3), key(5, 3)]
    tasks = await asked(renders, painter, block)
    painter.may_end.set()
    assert [await task for task in tasks] == [image_of(one) for one in (BUSY, *block)]
    assert [[BUSY], block] == painter.jobs
    assert set(painter.kept) == {BUSY, *block}
    assert renders.are_idle
    assert renders._pool.waiting == 0


async def test_nothing_is_rendered_that_nobody_asked_for(renders: Renders, painter: Painter) -> None:
    tasks = await asked(renders, painter, [key(4, 2), key(5, 3), key(6, 2), key(5, 4)])
    painter.may_end.set()
    await asyncio.gather(*tasks)
    assert painter.jobs[1:] == [[key(4, 2), key(5, 3)], [key(6, 2)], [key(5, 4)]]


def test_neighbours_are_drawn_alike_and_lie_in_one_aligned_block() -> None:
    assert {one.address.x for one in neighbours(key(6, 5), 4)} == {4, 5, 6, 7}
    assert len(list(neighbours(key(6, 5), 4))) == 15
    assert list(neighbours(key(0, 0, 0), 2)) == []
    assert len(list(neighbours(key(1, 1, 1), 4))) == 3
    assert list(neighbours(key(6, 5), 1)) == []
    for one in neighbours(key(6, 5), 2):
        assert replace(one, address=key(6, 5).address) == key(6, 5)


async def test_one_that_fails_does_not_lose_the_others(renders: Renders, painter: Painter) -> None:
    painter.bad = {key(4)}
    tasks = await asked(renders, painter, [key(4), key(5)])
    painter.may_end.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[1], SourceUnreadable)
    assert outcomes[2] == image_of(key(5))
    assert key(4) not in painter.kept


async def test_a_queued_render_whose_callers_have_all_gone_is_dropped(renders: Renders, painter: Painter) -> None:
    tasks = await asked(renders, painter, [key(1), key(1), key(2), key(8)])
    for gone in (tasks[1], tasks[2], tasks[4]):
        gone.cancel()
    await asyncio.gather(tasks[1], tasks[2], tasks[4], return_exceptions=True)
    await until(lambda: renders._pool.waiting == 1)
    painter.may_end.set()
    await asyncio.gather(tasks[0], tasks[3])
    assert painter.jobs == [[BUSY], [key(2)]]
    assert renders.are_idle


async def test_one_who_asks_again_after_it_was_dropped_gets_it(renders: Renders, painter: Painter) -> None:
    tasks = await asked(renders, painter, [key(1)])
    tasks[1].cancel()
    await asyncio.sleep(0)
    again = asyncio.create_task(renders.get(key(1), OURS))
    await asyncio.sleep(0)
    painter.may_end.set()
    assert await again == image_of(key(1))
    await asyncio.gather(tasks[0], return_exceptions=True)


async def test_one_that_has_begun_is_finished_and_kept(renders: Renders, painter: Painter) -> None:
    task = asyncio.create_task(renders.get(BUSY, OURS))
    await until(lambda: len(painter.jobs) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    painter.may_end.set()
    await until(lambda: BUSY in painter.kept)
    assert renders.are_idle


async def test_what_goes_wrong_with_a_job_is_told_to_all_of_it(painter: Painter) -> None:
    async with RenderPool(threads=1, queue=2, wait=0.2, timeout=0.1) as pool:
        renders = Renders(pool, painter, painter.kept.__setitem__, side=2)
        tasks = await asked(renders, painter, [key(4), key(5)])
        refused = await asyncio.gather(renders.get(key(8), OURS), *tasks, return_exceptions=True)
        assert [type(one) for one in refused] == [Unavailable, TimedOut, Unavailable, Unavailable]
        assert renders.are_idle
        painter.may_end.set()


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_leaves_whenever_all_others_get_their_tile(painter: Painter, seed: int) -> None:
    dice = random.Random(seed)
    painter.may_end.set()
    async with RenderPool(threads=2, queue=500, wait=5, timeout=5) as pool:
        renders = Renders(pool, painter, painter.kept.__setitem__, side=4)
        tasks = list[tuple[TileKey, asyncio.Task[RenderedTile]]]()
        for _ in range(400):
            one = key(dice.randrange(8), dice.randrange(8))
            tasks.append((one, asyncio.create_task(renders.get(one, OURS))))
            if dice.random() < 0.4:
                dice.choice(tasks[-9:])[1].cancel()
            if dice.random() < 0.3:
                await asyncio.sleep(0)
        outcomes = await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)
        for (one, task), outcome in zip(tasks, outcomes, strict=True):
            assert task.cancelled() or outcome == image_of(one)
        await until(lambda: renders.are_idle and pool.waiting == 0 and pool.free == 2)


async def test_what_waits_for_a_crowd_is_not_kept_from_another_link_that_wants_it(painter: Painter) -> None:
    crowd, other = Flow("org_a", "lnk_a"), Flow("org_b", "lnk_b")
    async with RenderPool(threads=1, queue=50, wait=5, timeout=5) as pool:
        renders = Renders(pool, painter, painter.kept.__setitem__)
        tasks = [asyncio.create_task(renders.get(BUSY, crowd))]
        await until(lambda: len(painter.jobs) == 1)
        tasks += [asyncio.create_task(renders.get(key(x), crowd)) for x in range(5)]
        await until(lambda: pool.waiting == 5)
        tasks.append(asyncio.create_task(renders.get(key(4), other)))
        await asyncio.sleep(0)
        painter.may_end.set()
        await asyncio.gather(*tasks)
        assert painter.jobs[1] == [key(4)]


async def test_what_only_the_crowd_still_wants_goes_back_to_it(painter: Painter) -> None:
    crowd, other = Flow("org_a", "lnk_a"), Flow("org_b", "lnk_b")
    async with RenderPool(threads=1, queue=50, wait=5, timeout=5) as pool:
        renders = Renders(pool, painter, painter.kept.__setitem__)
        tasks = [asyncio.create_task(renders.get(BUSY, crowd))]
        await until(lambda: len(painter.jobs) == 1)
        tasks += [asyncio.create_task(renders.get(key(x), crowd)) for x in range(2)]
        await until(lambda: pool.waiting == 2)
        gone = asyncio.create_task(renders.get(key(1), other))
        await asyncio.sleep(0)
        assert renders._wanted[key(1)].place.flow == other
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        assert renders._wanted[key(1)].place.flow == crowd
        painter.may_end.set()
        await asyncio.gather(*tasks)
