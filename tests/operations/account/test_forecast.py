"""What a month will come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.metering.months import month_at, zone_named
from service.metering.usage import UNITS, Units
from service.operations.account.usage.forecast import outlook, rate_of

if TYPE_CHECKING:
    from tests.conftest import Installation

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def extrapolated(total: Units, recent: dict[date, Units], now: datetime) -> tuple[date, Units]:
    from_day, rate = rate_of(recent, now)
    return from_day, total + rate.over(month_at(now, UTC).ends_at - now)


def test_a_steady_rate_goes_on_to_the_end_of_the_month() -> None:
    recent = {date(2026, 11, 10) + timedelta(days=n): Units(renders=100) for n in range(6)}
    from_day, expected = extrapolated(Units(renders=1550), recent | {NOON.date(): Units(renders=50)}, NOON)
    assert (from_day, expected.renders) == (date(2026, 11, 10), 3000)


def test_days_before_the_first_use_do_not_make_it_slower() -> None:
    recent = {date(2026, 11, 10) + timedelta(days=n): Units() for n in range(6)} | {NOON.date(): Units(bytes=10)}
    from_day, expected = extrapolated(Units(bytes=10), recent, NOON)
    assert (from_day, expected.bytes) == (NOON.date(), 10 + 10 * 29)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.lists(st.integers(0, 10**12), max_size=7))  # noqa: DTZ001
def test_it_is_never_less_than_it_is_already(moment: datetime, renders: list[int]) -> None:
    now = moment.replace(tzinfo=UTC)
    recent = {now.date() - timedelta(days=n): Units(renders=amount) for n, amount in enumerate(renders)}
    _, expected = extrapolated(Units(renders=7), recent, now)
    assert expected.renders >= 7
    assert not any(getattr(expected, unit) for unit in UNITS if unit != "renders")


async def test_it_is_answered_beside_what_was_counted(service: Installation) -> None:
    await service.add_link()
    told = await service.ask("usage.forecast", organization_id=service.account.organization_id)
    now = await service.usage()
    assert {name: told[name] for name in now} == now
    assert all(told["forecast"][unit] >= now[unit] for unit in UNITS)
    assert told["budget"] == []


@pytest.mark.parametrize(
    ("limit", "used", "forecast", "reached_on"),
    [
        pytest.param(10_000, 1_550, 3_000, None, id="it lasts"),
        pytest.param(2_050, 1_550, 3_000, date(2026, 11, 21), id="five days more"),
        pytest.param(1_550, 1_550, 3_000, date(2026, 11, 16), id="used up"),
        pytest.param(3_000, 1_550, 3_000, date(2026, 11, 30), id="to the last moment"),
    ],
)
def test_a_budget_is_compared_with_the_rate(limit: int, used: int, forecast: int, reached_on: date | None) -> None:
    _, rate = rate_of({date(2026, 11, 10) + timedelta(days=n): Units(renders=100) for n in range(6)}, NOON)
    rate = replace(rate, elapsed=timedelta(days=6))
    found = outlook("renders", limit, used, rate, month_at(NOON, UTC), NOON)
    assert (found.limit, found.used, found.forecast, found.reached_on) == (limit, used, forecast, reached_on)


def test_a_budget_ends_with_the_month_of_its_time_zone() -> None:
    late = datetime(2026, 11, 30, 23, tzinfo=UTC)
    _, rate = rate_of({late.date(): Units(renders=2300)}, late)
    tokyo, honolulu = (month_at(late, zone_named(name)) for name in ("Asia/Tokyo", "Pacific/Honolulu"))
    assert (tokyo.name, honolulu.name) == ("2026-12", "2026-11")
    assert outlook("renders", 10**9, 0, rate, honolulu, late).forecast == 1100
    assert outlook("renders", 500, 0, rate, honolulu, late).reached_on == date(2026, 11, 30)


async def test_budgets_are_answered_beside_it(service: Installation) -> None:
    organization_id = service.account.organization_id
    await service.ask("budget.set", organization_id=organization_id, max_pixels=10**9, max_queries=0)
    told = await service.ask("usage.forecast", organization_id=organization_id)
    today = str(datetime.now(UTC).date())
    assert told["budget"] == [
        {"unit": "pixels", "limit": 10**9, "used": 0, "forecast": 0, "reached_on": None},
        {"unit": "queries", "limit": 0, "used": 0, "forecast": 0, "reached_on": today},
    ]
