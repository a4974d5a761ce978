"""Where in its life a link is, to the instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Gone
from service.links.link import Link, LinkStatus
from tests.links.samples import NOW, make_link

MOMENT = timedelta(microseconds=1)
times = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
maybe = st.none() | times


def why_gone(link: Link, now: datetime = NOW) -> str | None:
    try:
        link.require_active(now)
    except Gone as gone:
        return gone.code
    return None


@pytest.mark.parametrize(
    ("fields", "now", "status", "code"),
    [
        pytest.param({}, NOW, "active", None, id="no limits"),
        pytest.param({"expires_at": NOW}, NOW - MOMENT, "active", None, id="a moment before expiry"),
        pytest.param({"expires_at": NOW}, NOW, "expired", "share_expired", id="at expiry"),
        pytest.param({"starts_at": NOW}, NOW - MOMENT, "scheduled", "share_not_started", id="a moment before start"),
        pytest.param({"starts_at": NOW}, NOW, "active", None, id="at start"),
        pytest.param({"suspended_at": NOW + MOMENT}, NOW, "suspended", "share_suspended", id="suspended"),
        pytest.param({"revoked_at": NOW + MOMENT}, NOW, "revoked", "share_revoked", id="revoked"),
        pytest.param(
            {"revoked_at": NOW, "suspended_at": NOW, "expires_at": NOW}, NOW, "revoked", "share_revoked", id="all three"
        ),
        pytest.param(
            {"suspended_at": NOW, "expires_at": NOW}, NOW, "suspended", "share_suspended", id="suspended and expired"
        ),
        pytest.param(
            {"starts_at": NOW + MOMENT, "expires_at": NOW}, NOW, "expired", "share_expired", id="over before it starts"
        ),
    ],
)
def test_a_link_is_in_one_state_at_each_instant(
    fields: dict[str, datetime], now: datetime, status: str, code: str | None
) -> None:
    link = make_link(**fields)
    assert link.status(now) == status
    assert why_gone(link, now) == code


@given(times, maybe, maybe, maybe, maybe)
def test_only_an_active_link_can_be_used(
    now: datetime,
    starts_at: datetime | None,
    expires_at: datetime | None,
    suspended_at: datetime | None,
    revoked_at: datetime | None,
) -> None:
    link = make_link(starts_at=starts_at, expires_at=expires_at, suspended_at=suspended_at, revoked_at=revoked_at)
    in_time = (starts_at is None or starts_at <= now) and (expires_at is None or now < expires_at)
    usable = in_time and suspended_at is None and revoked_at is None
    assert (why_gone(link, now) is None) == usable == (link.status(now) is LinkStatus.ACTIVE)


def test_a_link_that_has_not_started_says_how_long_to_wait() -> None:
    with pytest.raises(Gone) as gone:
        make_link(starts_at=NOW + timedelta(minutes=5)).require_active(NOW)
    assert gone.value.retry_after == 300
