from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.cli.moments import parse_moment
from service.links.credentials.passwords import check_new_password
from service.links.credentials.readable_password import readable_password

NOW = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", datetime(2026, 2, 27, 12, 30, tzinfo=UTC)),
        ("12h", datetime(2026, 2, 28, 0, 0, tzinfo=UTC)),
        ("7d", datetime(2026, 3, 6, 12, 0, tzinfo=UTC)),
        ("4w", datetime(2026, 3, 27, 12, 0, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01t01:30:00.5+01:30", datetime(2026, 3, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_duration_or_a_time_with_a_zone(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "0d", "-1d", "1.5h", "7 d", "7D", "1y", "2026-03-01", "2026-03-01T00:00:00", "2026-W10-1", "٣d"],
)
def test_anything_else_is_no_expiry(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text, NOW)


def test_an_expiry_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(OverflowError):
        parse_moment("999999999w", NOW)


def test_made_up_passwords_are_good_enough_for_a_link() -> None:
    made = {readable_password() for _ in range(100)}

    assert len(made) == 100
    for password in made:
        assert check_new_password(password) == password.encode()
