from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.metering.months import month_at, month_of_share, new_epoch_name, zone_named

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Honolulu", "America/Santiago")


@settings(deadline=None)
@given(
    st.integers(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())),
    st.sampled_from(ZONES),
)
def test_months_follow_each_other_without_a_gap(seconds: int, name: str) -> None:
    moment, zone = datetime.fromtimestamp(seconds, UTC), zone_named(name)
    month = month_at(moment, zone)
    assert month.holds(moment)
    assert month.name == f"{moment.astimezone(zone):%Y-%m}"
    following = month_at(month.ends_at.astimezone(UTC), zone)
    assert following.starts_at == month.ends_at
    assert month_at(month.ends_at.astimezone(UTC) - timedelta(microseconds=1), zone) == month


def test_a_month_begins_at_midnight_of_its_zone() -> None:
    month = month_at(datetime(2026, 3, 15, tzinfo=UTC), zone_named("Europe/Berlin"))
    assert month.starts_at.astimezone(UTC) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert month.ends_at.astimezone(UTC) == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["Europe/Bonn", "../etc/passwd", "America", "europe/berlin", "UTC ", "+01:00", "\0", "posix/UTC"]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zone_named(name)


def test_an_epoch_names_its_month_and_an_older_one_has_that_of_its_day() -> None:
    month = month_at(datetime(2026, 7, 31, 23, tzinfo=UTC), zone_named("Asia/Tokyo"))
    assert month_of_share(new_epoch_name(month, "0123456789abcdef"), date(2026, 7, 31)) == "2026-08"
    assert month_of_share("0123456789abcdef", date(2026, 7, 31)) == "2026-07"
