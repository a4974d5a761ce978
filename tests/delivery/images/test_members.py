"""The members of a collection: what is known of them is found out once for each version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.catalogue.collection import Member
from service.catalogue.period import Period
from service.delivery.images.members import Members
from service.identifiers import ItemId

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def member(number: int, day: int | None) -> Member:
    moment = None if day is None else FIRST + timedelta(days=day)
    period = None if moment is None else Period(start=moment, stop=moment)
    return Member(
        item_id=ItemId(f"itm_{number}"), root="files", path="a.tif", footprint=(0, 0, 1, 1), nodata=None, period=period
    )


def test_times_are_in_order_each_once_and_put_together_once() -> None:
    members = Members(version=1, members=tuple(member(n, day) for n, day in enumerate((2, 0, None, 2, 1))))
    assert members.times == tuple(f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))
    assert members.times is members.times, "each map that is opened asks for them"
