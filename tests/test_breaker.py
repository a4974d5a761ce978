"""When a server that does not answer is asked again."""

from __future__ import annotations

import pytest

from service.breaker import PAUSES, PROBE_SECONDS, Breaker
from tests.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def test_while_all_is_well_every_call_is_sent(breaker: Breaker) -> None:
    assert all(breaker.allows() for _ in range(100))


def test_after_silence_there_is_a_pause_and_then_one_probe(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(silent=True)
    assert not breaker.allows()
    clock.now += PAUSES[0] - 0.01
    assert not breaker.allows()
    clock.now += PAUSES[1]
    assert [breaker.allows() for _ in range(100)] == [True] + [False] * 99
    breaker.answered()
    assert all(breaker.allows() for _ in range(100))


def test_pauses_differ(clock: Clock) -> None:
    waited = set()
    for _ in range(20):
        breaker, begin = Breaker(clock), clock.now
        breaker.failed(silent=True)
        while not breaker.allows():
            clock.now += 0.01
        waited.add(round(clock.now - begin, 2))
    assert len(waited) > 5
    assert PAUSES[0] <= min(waited) <= max(waited) <= PAUSES[1] + 0.02


def test_a_lost_connection_may_be_tried_again_at_once_and_then_with_pauses(breaker: Breaker) -> None:
    breaker.failed(silent=False)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.failed(silent=False)
    assert not breaker.allows()


def test_a_probe_that_was_given_up_makes_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(silent=False)
    assert breaker.allows()
    breaker.given_up()
    clock.now += PAUSES[1]
    assert breaker.allows()


def test_a_probe_that_is_never_heard_of_again_does_not_keep_the_word(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(silent=False)
    assert breaker.allows()
    clock.now += PROBE_SECONDS
    assert breaker.allows()


def test_a_call_that_was_given_up_says_nothing_about_a_server_that_answers(breaker: Breaker) -> None:
    breaker.given_up()
    assert not breaker.is_open
