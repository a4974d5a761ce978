"""The render pool: bounded, in turn, and no place is ever lost."""

from __future__ import annotations

import asyncio
import random
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from service.delivery.pool.flows import Place
from service.delivery.pool.render_pool import RenderPool
from service.errors import TimedOut, Unavailable
from service.identifiers import OURS, Flow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

THREADS = 2
FLOWS = [Flow("org_a", "lnk_1"), Flow("org_a", "lnk_2"), Flow("org_b", "lnk_3"), OURS]


class Work:
    """Work that goes on until it is let go; counts how much runs at once."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.running = 0
        self.most = 0
        self.started: list[object] = []
        self._lock = threading.Lock()

    def __call__(self, name: object = None) -> object:
        with self._lock:
            self.started.append(name)
            self.running += 1
            self.most = max(self.most, self.running)
        self.may_end.wait(10)
        with self._lock:
            self.running -= 1
        return name


@pytest.fixture
async def work() -> AsyncIterator[Work]:
    made = Work()
    yield made
    made.may_end.set()


def pool(**changes: float) -> RenderPool:
    settings = {"threads": THREADS, "queue": 4, "wait": 5.0, "timeout": 5.0} | changes
    return RenderPool(**settings)  # type: ignore[arg-type]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  (what it waits for happens in a thread)
            await asyncio.sleep(0.001)


async def all_places_are_free(opened: RenderPool) -> None:
    """Every thread can be had at once, and nothing waits."""
    opened._timeout = opened._wait = 30
    together = threading.Barrier(THREADS, timeout=30)
    async with asyncio.timeout(30):
        await asyncio.gather(*(opened.run(together.wait) for _ in range(THREADS)))
    assert opened.waiting == 0
    assert opened.free == THREADS


async def test_each_thread_can_be_prepared() -> None:
    seen = set[int]()
    async with pool(threads=5) as opened:
        await opened.in_each_thread(lambda: seen.add(threading.get_ident()))
        assert len(seen) == 5
        assert await opened.run(threading.get_ident) in seen


async def test_work_is_done_in_threads_and_its_value_comes_back() -> None:
    async with pool() as opened:
        here = threading.get_ident()
        assert await asyncio.gather(*(opened.run(lambda n=n: n * n) for n in range(5))) == [0, 1, 4, 9, 16]  # type: ignore[misc]
        assert await opened.run(threading.get_ident) != here


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("the work's own"), Unavailable("overloaded", "own")])
async def test_what_work_raises_passes_through(error: Exception) -> None:
    def fail() -> None:
        raise error

    async with pool() as opened:
        for _ in range(10):
            with pytest.raises(type(error)) as raised:
                await opened.run(fail)
            assert raised.value.args == error.args
        await all_places_are_free(opened)


async def test_no_more_runs_at_once_than_there_are_threads(work: Work) -> None:
    async with pool(queue=50) as opened:
        tasks = [asyncio.create_task(opened.run(work)) for _ in range(40)]
        await until(lambda: work.running == THREADS)
        work.may_end.set()
        await asyncio.gather(*tasks)
        assert work.most == THREADS
        await all_places_are_free(opened)


@pytest.mark.parametrize(
    ("seconds", "order"),
    [
        pytest.param(0.0, [0, 1, 2, 3, 4], id="the oldest first while the queue moves"),
        pytest.param(0.8, [0, 4, 3, 2, 1], id="the newest first once the oldest is late"),
    ],
)
async def test_places_go_to(work: Work, seconds: float, order: list[int]) -> None:
    async with pool(threads=1, wait=1.0) as opened:
        tasks = [asyncio.create_task(opened.run(lambda n=n: work(n))) for n in range(5)]  # type: ignore[misc]
        await until(lambda: opened.waiting == 4)
        await asyncio.sleep(seconds)
        work.may_end.set()
        await asyncio.gather(*tasks)
        assert work.started == order


async def test_what_the_queue_cannot_hold_is_refused_at_once(work: Work) -> None:
    async with pool() as opened:
        tasks = [asyncio.create_task(opened.run(work)) for _ in range(THREADS + 4)]
        await until(lambda: opened.waiting == 4)
        async with asyncio.timeout(0.5):
            with pytest.raises(Unavailable) as refused:
                await opened.run(work)
        assert refused.value.code == "overloaded"
        assert 1 <= (refused.value.retry_after or 0) <= 3
        work.may_end.set()
        await asyncio.gather(*tasks)
        await all_places_are_free(opened)


async def test_retries_are_spread(work: Work) -> None:
    async with pool(queue=0) as opened:
        tasks = [asyncio.create_task(opened.run(work)) for _ in range(THREADS)]
        await asyncio.sleep(0)
        refused = await asyncio.gather(*(opened.run(work) for _ in range(20)), return_exceptions=True)
        assert len({one.retry_after for one in refused if isinstance(one, Unavailable)}) > 10
        work.may_end.set()
        await asyncio.gather(*tasks)


async def test_who_waits_too_long_is_refused_and_leaves_the_queue(work: Work) -> None:
    async with pool(wait=0.05) as opened:
        tasks = [asyncio.create_task(opened.run(work)) for _ in range(THREADS + 3)]
        await until(lambda: opened.waiting == 3)
        await until(lambda: opened.waiting == 0)
        refused = await asyncio.gather(*tasks[THREADS:], return_exceptions=True)
        assert [one.code for one in refused if isinstance(one, Unavailable)] == ["overloaded"] * 3
        work.may_end.set()
        await asyncio.gather(*tasks[:THREADS])
        assert len(work.started) == THREADS
        await all_places_are_free(opened)


async def test_work_that_takes_too_long_is_given_up_and_keeps_its_thread(work: Work) -> None:
    async with pool(timeout=0.05, wait=0.05) as opened:
        slow = await asyncio.gather(*(opened.run(work) for _ in range(THREADS)), return_exceptions=True)
        assert [(type(one), one.code) for one in slow if isinstance(one, TimedOut)] == [
            (TimedOut, "render_timeout")
        ] * THREADS
        with pytest.raises(Unavailable):  # the threads are still at it
            await opened.run(work)
        work.may_end.set()
        await until(lambda: work.running == 0)
        await all_places_are_free(opened)


async def test_threads_over_their_time_are_stuck_until_they_end(work: Work) -> None:
    async with pool(timeout=0.05) as opened:
        assert (opened.stuck, opened.is_stuck) == (None, False)
        with pytest.raises(TimedOut):
            await opened.run(work)
        now = asyncio.get_running_loop().time()
        assert opened.stuck is not None
        assert (opened.stuck.threads, opened.is_stuck) == (1, False)
        assert now - 1 < opened.stuck.since <= now
        with pytest.raises(TimedOut):
            await opened.run(work)
        assert opened.is_stuck
        work.may_end.set()
        await until(lambda: work.running == 0)
        await all_places_are_free(opened)
        assert not opened.is_stuck


async def test_a_part_of_the_threads_may_be_enough_to_be_stuck(work: Work) -> None:
    async with pool(timeout=0.02, stuck_limit=1) as opened:
        with pytest.raises(TimedOut):
            await opened.run(work)
        assert opened.is_stuck
        work.may_end.set()


async def test_who_is_pushed_out_by_a_lighter_link_is_refused(work: Work) -> None:
    async with pool() as opened:
        busy = [asyncio.create_task(opened.run(work)) for _ in range(THREADS)]
        await until(lambda: work.running == THREADS)
        heavy = [asyncio.create_task(opened.run(work, FLOWS[0])) for _ in range(4)]
        await until(lambda: opened.waiting == 4)
        assert opened.refuses(FLOWS[0])
        light = asyncio.create_task(opened.run(work, FLOWS[2]))
        with pytest.raises(Unavailable):
            await heavy[3]
        assert opened.waiting == 4
        work.may_end.set()
        await asyncio.gather(*busy, *heavy[:3], light)
        await all_places_are_free(opened)


async def test_each_thread_runs_the_initializer_first() -> None:
    seen = list[int]()
    async with RenderPool(
        threads=2, queue=1, wait=1, timeout=1, initializer=lambda: seen.append(threading.get_ident())
    ) as opened:
        await opened.in_each_thread(lambda: None)
        assert len(set(seen)) == 2


async def test_work_that_fails_after_it_was_given_up_fails_in_silence(work: Work) -> None:
    def fail_late() -> None:
        work()
        raise ValueError("nobody listens")

    async with pool(timeout=0.02) as opened:
        with pytest.raises(TimedOut):
            await opened.run(fail_late)
        work.may_end.set()
        await until(lambda: work.running == 0)
        await all_places_are_free(opened)


async def test_work_that_ends_in_the_very_moment_of_its_timeout_is_answered() -> None:
    """The clock and the thread race: it is a result or a timeout of ours, never anything else."""
    outcomes = set()
    async with pool(timeout=0.005) as opened:
        for n in range(120):
            pause = 0.004 + (n % 12) / 6000
            try:
                outcomes.add(await opened.run(lambda: threading.Event().wait(pause)))  # noqa: B023
            except TimedOut:
                outcomes.add("timeout")
        await until(lambda: opened.free == THREADS)
    assert outcomes <= {False, "timeout"}


async def test_one_who_gives_up_while_waiting_leaves_the_queue(work: Work) -> None:
    async with pool() as opened:
        tasks = [asyncio.create_task(opened.run(lambda n=n: work(n))) for n in range(THREADS + 3)]  # type: ignore[misc]
        await until(lambda: opened.waiting == 3)
        tasks[3].cancel()
        await asyncio.gather(tasks[3], return_exceptions=True)
        assert opened.waiting == 2
        work.may_end.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert 3 not in work.started
        await all_places_are_free(opened)


async def test_one_who_gives_up_while_it_runs_keeps_the_thread_until_it_ends(work: Work) -> None:
    async with pool(threads=1, wait=0.05) as opened:
        task = asyncio.create_task(opened.run(work))
        await until(lambda: work.running == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with pytest.raises(Unavailable):
            await opened.run(work)
        work.may_end.set()
        assert await opened.run(lambda: "free") == "free"


@pytest.mark.parametrize("seed", range(6))
async def test_whoever_gives_up_whenever_no_place_is_lost(seed: int) -> None:
    """Callers of some links that leave while they wait, in the moment they are let in, while they run.

    Work fails, is late, and is moved to another link. More wait than there are places.
    """
    dice = random.Random(seed)
    most, running, lock = 0, 0, threading.Lock()

    def work(seconds: float, *, fails: bool) -> None:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(seconds)
        with lock:
            running -= 1
        if fails:
            raise ValueError("no")

    async with pool(queue=8, wait=0.01, timeout=0.004) as opened:
        tasks, places = [], []
        for _ in range(250):
            seconds, fails = dice.choice([0, 0.001, 0.006]), dice.random() < 0.2
            places.append(Place(dice.choice(FLOWS)))
            chosen = partial(work, seconds, fails=fails)
            tasks.append(asyncio.create_task(opened.run_chosen(lambda c=chosen: c, places[-1])))  # type: ignore[misc]
            if dice.random() < 0.3:
                opened.move(dice.choice(places[-6:]), dice.choice(FLOWS), if_sooner=dice.random() < 0.5)
            if dice.random() < 0.4:
                dice.choice(tasks[-6:]).cancel()
            await asyncio.sleep(dice.choice([0, 0, 0.001]))
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        allowed = (type(None), asyncio.CancelledError, Unavailable, TimedOut, ValueError)
        assert [one for one in outcomes if not isinstance(one, allowed)] == []
        await until(lambda: running == 0)
        await all_places_are_free(opened)
    assert most <= THREADS
