"""Keys: what `?key=` carries, and when it stops to open."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.errors import Unauthenticated
from service.identifiers import LinkId, encode_id, new_id
from service.links.credentials.keys import LAYOUT, KeySigner, new_key_id
from service.links.credentials.master_key import derive
from service.links.credentials.signed_token import seal
from service.links.key import Key, KeyScope

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NEW, OLD, OTHER = b"n" * 32, b"o" * 32, b"x" * 32
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def signer(*masters: bytes) -> KeySigner:
    return KeySigner(derive(masters).key)


def make_key(generation: int = 1, expires_at: datetime = NOW + timedelta(hours=1)) -> Key:
    return Key(link_id=LinkId(new_id("lnk")), generation=generation, scope=KeyScope.RECIPIENT, expires_at=expires_at)


SIGNER = signer(NEW)
TEXT = SIGNER.sign(make_key())

keys = st.builds(
    lambda raw, generation, milliseconds: Key(
        link_id=LinkId(encode_id("lnk", raw)),
        generation=generation,
        scope=KeyScope.RECIPIENT,
        expires_at=NOW + timedelta(milliseconds=milliseconds),
    ),
    st.binary(min_size=15, max_size=15),
    st.integers(0, 2**32 - 1),
    st.integers(1, 10**13),
)


def why_refused(text: str, now: datetime = NOW, by: KeySigner = SIGNER) -> str:
    with pytest.raises(Unauthenticated) as refused:
        by.open(text, now)
    return refused.value.code


@given(keys)
@example(make_key(expires_at=datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)))
@example(make_key(expires_at=datetime(2255, 3, 1, 0, 0, 0, 1000, tzinfo=UTC)))
def test_a_key_says_what_was_signed(key: Key) -> None:
    text = SIGNER.sign(key)
    opened = SIGNER.open(text, NOW)
    assert len(text) == 68
    assert (opened.link_id, opened.generation, opened.scope) == (key.link_id, key.generation, key.scope)
    assert timedelta(0) <= key.expires_at - opened.expires_at < timedelta(milliseconds=1)


@given(keys)
def test_no_two_keys_have_the_same_text(key: Key) -> None:
    assert SIGNER.sign(key) != SIGNER.sign(key)


@given(keys)
def test_a_named_key_carries_its_id_and_has_one_text(key: Key) -> None:
    named = replace(key, scope=KeyScope.NAMED, key_id=new_key_id())
    text = SIGNER.sign(named)
    opened = SIGNER.open(text, NOW)
    assert (len(text), opened.scope, opened.key_id) == (68, KeyScope.NAMED, named.key_id)
    assert SIGNER.sign(named) == text
    assert SIGNER.open(SIGNER.sign(key), NOW).key_id is None


def test_a_key_of_a_scope_that_is_not_known_is_refused() -> None:
    text = seal(LAYOUT.pack(1, b"i" * 15, 1, 99, b"\xff" * 6, b"j" * 8), derive((NEW,)).key)
    assert why_refused(text) == "key_invalid"


def test_a_key_expires_at_its_instant_and_not_before() -> None:
    text = SIGNER.sign(make_key(expires_at=NOW))
    assert SIGNER.open(text, NOW - MOMENT).expires_at == NOW
    assert why_refused(text, NOW) == "key_expired"
    assert why_refused(text, NOW + MOMENT) == "key_expired"


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)).map(lambda naive: naive.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_a_key_never_lives_longer_than_it_says(expires_at: datetime) -> None:
    text = SIGNER.sign(make_key(expires_at=expires_at))
    assert why_refused(text, expires_at) == "key_expired"
    assert SIGNER.open(text, expires_at - timedelta(milliseconds=1)).generation == 1


@pytest.mark.parametrize("place", range(68))
def test_a_key_with_any_one_character_changed_is_refused(place: int) -> None:
    for letter in ALPHABET.replace(TEXT[place], ""):
        assert why_refused(TEXT[:place] + letter + TEXT[place + 1 :]) == "key_invalid"


def test_an_expired_key_that_was_tampered_with_is_invalid_and_not_expired() -> None:
    text = SIGNER.sign(make_key(expires_at=NOW))
    raw = bytearray(base64.urlsafe_b64decode(text))
    raw[25] ^= 1  # the expiry's last byte
    assert why_refused(base64.urlsafe_b64encode(raw).decode()) == "key_invalid"


@given(st.text(max_size=80))
def test_no_text_opens_but_a_key(text: str) -> None:
    assert why_refused(text) == "key_invalid"


@given(st.integers(0, 68), st.text(min_size=1, max_size=3))
def test_a_key_with_anything_put_in_is_refused(place: int, extra: str) -> None:
    assert why_refused(TEXT[:place] + extra + TEXT[place:]) == "key_invalid"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(TEXT + "\n", id="newline"),
        pytest.param(TEXT + "====", id="padding"),
        pytest.param(TEXT + "%00", id="%00"),
        pytest.param(TEXT[:-1] + "\u0663", id="Arabic digit"),
        pytest.param(TEXT[:-1] + "\ud800", id="lone surrogate"),
        pytest.param(TEXT[:-1], id="cut"),
        pytest.param("A" * 68, id="all zero"),
        pytest.param("A" * 100_000, id="very long"),
    ],
)
def test_no_other_spelling_opens(text: str) -> None:
    assert why_refused(text) == "key_invalid"


def test_both_live_master_keys_are_accepted_and_a_third_is_not() -> None:
    both = signer(NEW, OLD)
    assert both.open(signer(OLD).sign(make_key(7)), NOW).generation == 7
    assert both.open(signer(NEW).sign(make_key(8)), NOW).generation == 8
    assert why_refused(signer(OTHER).sign(make_key()), by=both) == "key_invalid"
    assert why_refused(both.sign(make_key()), by=signer(OLD)) == "key_invalid"
