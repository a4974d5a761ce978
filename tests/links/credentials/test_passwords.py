"""What may be a link's password, and bcrypt behind a short queue."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from typing import TYPE_CHECKING

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import BadInput, Unavailable
from service.links.credentials.passwords import QUEUE, THREADS, Passwords, check_new_password, normalise
from tests.links.samples import PASSWORD, PASSWORD_HASH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SLOW_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(9)).decode()
PLACES = THREADS + QUEUE


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    async with Passwords(4) as opened:
        yield opened


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("12e4x67y", id="8 characters"),
        pytest.param("\u00e9" * 8, id="8 characters of 2 bytes"),
        pytest.param("x" * 72, id="72 bytes"),
        pytest.param("\u20ac" * 24, id="72 bytes of 3-byte characters"),
        pytest.param("\U0001f5fa" * 18, id="72 bytes of 4-byte characters"),
        pytest.param("e\u0301" * 36, id="72 bytes in NFC, 108 before"),
        pytest.param("tab\tand space", id="white space"),
        pytest.param("password ", id="a common one and a space"),
    ],
)
async def test_a_good_password_is_hashed_and_recognised(passwords: Passwords, password: str) -> None:
    hashed = await passwords.hash(password)
    assert hashed.startswith("$2b$04$")
    assert await passwords.check(normalise(password), hashed)
    assert not await passwords.check(normalise(password + "."), hashed)


@pytest.mark.parametrize(
    ("password", "word"),
    [
        pytest.param("", "short", id="empty"),
        pytest.param("1234x67", "short", id="7 characters"),
        pytest.param("\U0001f5fa" * 7, "short", id="7 characters of 28 bytes"),
        pytest.param("e\u0301" * 7, "short", id="7 characters in NFC, 14 before"),
        pytest.param("x" * 73, "long", id="73 bytes"),
        pytest.param("\u20ac" * 24 + "x", "long", id="73 bytes in 25 characters"),
        pytest.param("\u00e9" * 37, "long", id="74 bytes in 37 characters"),
        pytest.param("x" * 1_000_000, "long", id="a million"),
        pytest.param("with\0NUL and more", "NUL", id="NUL"),
        pytest.param("\0" * 8, "NUL", id="NUL alone"),
        pytest.param("password", "too common", id="common"),
        pytest.param("PaSSworD", "too common", id="common in any case"),
        pytest.param("QWERTYUIOP", "too common", id="common in capitals"),
        pytest.param("lone\ud800surrogate", "Unicode", id="lone surrogate"),
        pytest.param("\udcff" * 8, "Unicode", id="surrogate escapes"),
    ],
)
async def test_a_bad_password_is_refused_with_the_reason(passwords: Passwords, password: str, word: str) -> None:
    with pytest.raises(BadInput, match=word) as refused:
        await passwords.hash(password)
    assert (refused.value.code, refused.value.field) == ("field_invalid", "password")


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=8, max_size=18))
def test_composed_and_decomposed_spellings_are_one_password(text: str) -> None:
    spellings = {normalise(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert len(spellings) == 1


@given(st.text(max_size=100))
def test_a_new_password_is_what_bcrypt_reads_or_refused(text: str) -> None:
    try:
        raw = check_new_password(text)
    except BadInput:
        return
    assert 8 <= len(raw.decode()) <= len(raw) <= 72
    assert b"\0" not in raw


async def test_a_decomposed_spelling_opens_what_a_composed_one_locked(passwords: Passwords) -> None:
    hashed = await passwords.hash(unicodedata.normalize("NFC", "Ålesund café"))
    assert await passwords.check(normalise(unicodedata.normalize("NFD", "Ålesund café")), hashed)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"x" * 73, id="over 72 bytes"),
        pytest.param(PASSWORD.encode() + b"\0", id="NUL after the right one"),
        pytest.param(b"x" * 100_000, id="very long"),
        pytest.param(b"", id="empty"),
    ],
)
async def test_what_cannot_be_a_password_is_wrong(passwords: Passwords, raw: bytes) -> None:
    assert not await passwords.check(raw, PASSWORD_HASH)


async def test_72_right_bytes_and_more_are_wrong(passwords: Passwords) -> None:
    hashed = await passwords.hash("x" * 72)
    assert not await passwords.check(b"x" * 73, hashed)


async def test_not_even_the_stand_in_for_impossible_passwords_opens(passwords: Passwords) -> None:
    hashed = await passwords.hash("impossible")
    assert not await passwords.check(b"x" * 73, hashed)
    assert await passwords.check(b"impossible", hashed)


async def test_an_impossible_password_takes_bcrypts_time(passwords: Passwords) -> None:
    async def seconds(raw: bytes) -> float:
        begin = time.perf_counter()
        await passwords.check(raw, SLOW_HASH)
        return time.perf_counter() - begin

    wrong = min([await seconds(b"a wrong password") for _ in range(5)])
    impossible = min([await seconds(b"x" * 5000) for _ in range(5)])
    assert impossible > wrong / 2


async def test_more_than_the_queue_holds_is_refused_at_once(passwords: Passwords) -> None:
    checks = [passwords.check(PASSWORD.encode(), SLOW_HASH) for _ in range(PLACES + 20)]
    answers = await asyncio.gather(*checks, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert [answer for answer in answers if not isinstance(answer, Unavailable)] == [True] * PLACES
    assert {(error.code, error.retry_after) for error in refused} == {("overloaded", 1)}
    assert await passwords.check(PASSWORD.encode(), PASSWORD_HASH)


async def test_waiters_that_give_up_leak_no_place(passwords: Passwords) -> None:
    for _ in range(3):
        checks = [asyncio.create_task(passwords.check(PASSWORD.encode(), SLOW_HASH)) for _ in range(PLACES)]
        await asyncio.sleep(0)
        for check in checks:
            check.cancel()
        answers = await asyncio.gather(*checks, return_exceptions=True)
        assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
        with pytest.raises(Unavailable):  # bcrypt cannot be stopped: their places are taken until it is done
            await passwords.check(PASSWORD.encode(), PASSWORD_HASH)
        async with asyncio.timeout(30):
            while not await _all_places_are_free(passwords):
                pass


async def test_a_broken_hash_leaks_no_place(passwords: Passwords) -> None:
    for _ in range(PLACES + 1):
        with pytest.raises(ValueError, match="salt"):
            await passwords.check(PASSWORD.encode(), "not a hash")


async def test_the_event_loop_goes_on_while_bcrypt_works(passwords: Passwords) -> None:
    checks = asyncio.gather(*(passwords.check(PASSWORD.encode(), SLOW_HASH) for _ in range(8)))
    turns = 0
    while not checks.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20
    await checks


async def _all_places_are_free(passwords: Passwords) -> bool:
    answers = await asyncio.gather(
        *(passwords.check(PASSWORD.encode(), PASSWORD_HASH) for _ in range(PLACES)), return_exceptions=True
    )
    return answers == [True] * PLACES
