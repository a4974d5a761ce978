"""What a month will come to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from service.metering.usage import UNITS, Units
from service.operations.account.usage import extrapolated

if TYPE_CHECKING:
    from tests.conftest import Installation

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


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
