"""Instants and intervals of RFC 3339, and whether they meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalogue.period import Period
from service.errors import BadInput


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z"),
        ("2026-06-01t12:00:00.5+02:00", "2026-06-01T10:00:00.500000Z"),
        ("2026-06-01T12:00:00.123456789Z", "2026-06-01T12:00:00.123456Z"),
        ("2026-06-01T00:00:00Z/2026-06-30T00:00:00Z", "2026-06-01T00:00:00Z/2026-06-30T00:00:00Z"),
        ("../2026-06-30T00:00:00Z", "../2026-06-30T00:00:00Z"),
        ("2026-06-01T00:00:00Z/", "2026-06-01T00:00:00Z/.."),
        ("../..", "../.."),
    ],
)
def test_times_are_read_and_written_in_utc(text: str, canonical: str) -> None:
    assert str(Period.parse(text)) == canonical
    assert Period.parse(canonical) == Period.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "2026", "2026-06-01", "2026-06-01T12:00:00", "2026-13-01T00:00:00Z", "2026-06-01T25:00:00Z"),
        *("2026-06-02T00:00:00Z/2026-06-01T00:00:00Z", "a/b", "../../..", "0000-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-06-01T12:00:00Z" * 1000),
        *("٢٠٢٦-06-01T12:00:00Z", "2026-06-01T12:00:00Z\n", "2026-06-01T12:00:00+99:99"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        Period.parse(text)
    assert refused.value.field == "datetime"


@given(st.text(max_size=60))
def test_whatever_text_it_is_it_is_read_or_refused(text: str) -> None:
    try:
        period = Period.parse(text)
    except BadInput:
        return
    assert Period.parse(str(period)) == period


ENDS = st.none() | st.integers(0, 9)


@given(ENDS, ENDS, ENDS, ENDS)
def test_periods_meet_where_they_have_a_moment_in_common(
    first: int | None, last: int | None, other_first: int | None, other_last: int | None
) -> None:
    days = first, last, other_first, other_last
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    start, stop, other_start, other_stop = (day if day is None else begin + timedelta(day) for day in days)
    one, other = Period(start=start, stop=stop), Period(start=other_start, stop=other_stop)
    inside = range(-1, 11)
    common = [
        day
        for day in inside
        if all(low is None or low <= day for low in (days[0], days[2]))
        and all(high is None or day <= high for high in (days[1], days[3]))
    ]
    if (None not in {days[0], days[1]} and days[0] > days[1]) or (None not in {days[2], days[3]} and days[2] > days[3]):  # type: ignore[operator]
        return
    assert one.meets(other) == bool(common) == other.meets(one)


def test_what_is_of_no_known_time_is_of_all_times_alone() -> None:
    assert Period.parse("../..").meets(None)
    assert not Period.parse("2026-06-01T00:00:00Z/..").meets(None)
