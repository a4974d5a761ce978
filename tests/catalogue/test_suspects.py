"""What is suspected of a process's death: guilty after two, forgotten after a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from service.catalogue.suspects import SuspectStore

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

POISON, INNOCENT = b"p" * 16, b"i" * 16


class Clock:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(
    ("pause", "is_guilty"),
    [(timedelta(seconds=1), True), (timedelta(hours=23), True), (timedelta(hours=25), False)],
    ids=["at once", "the same day", "a day later"],
)
async def test_two_deaths_within_a_day_make_guilty(engine: AsyncEngine, pause: timedelta, is_guilty: bool) -> None:
    clock = Clock()
    store = SuspectStore(engine, clock)
    await store.blame([POISON, INNOCENT])
    assert await store.guilty() == frozenset()
    clock.now += pause
    await store.blame([POISON])
    assert await store.guilty() == (frozenset({POISON}) if is_guilty else frozenset())


async def test_what_is_guilty_stays_so_until_it_is_forgiven(engine: AsyncEngine) -> None:
    clock = Clock()
    store = SuspectStore(engine, clock)
    for _ in range(2):
        await store.blame([POISON])
    clock.now += timedelta(days=400)
    await store.blame([INNOCENT])
    assert await store.guilty() == {POISON}
    assert await store.forget(POISON)
    assert not await store.forget(POISON)
    await store.blame([POISON])
    assert await store.guilty() == frozenset()
