"""API keys: shown once, stored hashed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accounts.api_keys import ApiKey, hash_secret, mint, parse
from service.identifiers import OrganizationId, UserId

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def make_key(secret_sha256: str = "", **times: datetime) -> ApiKey:
    key_id, _, _ = mint()
    return ApiKey(
        id=key_id,
        organization_id=OrganizationId("org"),
        user_id=UserId("usr"),
        label="",
        secret_sha256=secret_sha256,
        scopes=frozenset(),
        created_at=NOW,
        **times,
    )


def test_a_new_key_is_parsed_and_matches_its_hash_alone() -> None:
    for _ in range(200):  # ids and secrets may hold the separator
        key_id, text, secret_sha256 = mint()
        parsed = parse(text)
        assert parsed is not None
        assert parsed[0] == key_id
        assert parsed[1] not in secret_sha256
        assert make_key(secret_sha256).matches(parsed[1])
        assert not make_key(hash_secret("another")).matches(parsed[1])


TEXT = mint()[1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("tg_", id="prefix"),
        pytest.param(TEXT + "\n", id="newline"),
        pytest.param(" " + TEXT, id="space"),
        pytest.param(TEXT[:-1], id="cut"),
        pytest.param(TEXT + "A", id="longer"),
        pytest.param(TEXT + "=", id="padding"),
        pytest.param("TG" + TEXT[2:], id="upper-case prefix"),
        pytest.param(TEXT[:-1] + "\u0663", id="Arabic digit"),
        pytest.param(TEXT[:-1] + "\ud800", id="lone surrogate"),
        pytest.param(TEXT[:-1] + "\0", id="NUL"),
        pytest.param("tg_" + "A" * 100_000, id="very long"),
    ],
)
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_parsing(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("times", "now", "live"),
    [
        pytest.param({}, NOW, True, id="for ever"),
        pytest.param({"expires_at": NOW}, NOW - MOMENT, True, id="a moment before expiry"),
        pytest.param({"expires_at": NOW}, NOW, False, id="at expiry"),
        pytest.param({"revoked_at": NOW}, NOW - MOMENT, False, id="revoked"),
        pytest.param({"revoked_at": NOW, "expires_at": NOW + MOMENT}, NOW, False, id="revoked before expiry"),
    ],
)
def test_a_key_lives_until(times: dict[str, datetime], now: datetime, live: bool) -> None:
    assert make_key(**times).is_live(now) is live
