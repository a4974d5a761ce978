"""Tokens: only what we signed opens, and only as we spelt it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.identifiers import LinkId, encode_id, new_id
from service.links.credentials.master_key import derive
from service.links.credentials.tokens import MAX_ROTATION, TokenSigner

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
SIGNER = TokenSigner(derive((NEW,)).link)
LINK = LinkId(encode_id("lnk", bytes([251, 239, 190, *range(12)])))
TOKEN = SIGNER.sign(LINK, 3)

link_ids = st.binary(min_size=15, max_size=15).map(lambda raw: LinkId(encode_id("lnk", raw)))
rotations = st.integers(0, MAX_ROTATION)


def signer(*masters: bytes) -> TokenSigner:
    return TokenSigner(derive(masters).link)


def test_no_token_looks_like_an_option_of_a_command() -> None:
    assert "-" not in {SIGNER.sign(LinkId(new_id("lnk")), 1)[0] for _ in range(2000)}


@given(link_ids, rotations)
@example(LinkId(encode_id("lnk", b"\0" * 15)), 0)
@example(LinkId(encode_id("lnk", b"\xff" * 15)), MAX_ROTATION)
def test_a_token_says_its_link_and_rotation(link_id: LinkId, rotation: int) -> None:
    token = SIGNER.sign(link_id, rotation)
    claim = SIGNER.open(token)
    assert len(token) == 44
    assert claim is not None
    assert (claim.link_id, claim.rotation) == (link_id, rotation)


@given(link_ids, rotations)
def test_the_same_link_and_rotation_always_give_the_same_token(link_id: LinkId, rotation: int) -> None:
    assert SIGNER.sign(link_id, rotation) == SIGNER.sign(link_id, rotation)


def test_another_rotation_or_link_gives_another_token() -> None:
    assert len({TOKEN, SIGNER.sign(LINK, 4), SIGNER.sign(LinkId(new_id("lnk")), 3)}) == 3


@pytest.mark.parametrize("place", range(44))
def test_a_token_with_any_one_character_changed_is_refused(place: int) -> None:
    changed = [TOKEN[:place] + letter + TOKEN[place + 1 :] for letter in ALPHABET if letter != TOKEN[place]]
    assert [token for token in changed if SIGNER.open(token) is not None] == []


@given(st.text(max_size=60))
def test_no_text_opens_but_a_token(text: str) -> None:
    assert SIGNER.open(text) is None


@given(st.binary(min_size=33, max_size=33))
def test_no_bytes_of_a_tokens_length_open(raw: bytes) -> None:
    assert SIGNER.open(base64.urlsafe_b64encode(raw).decode()) is None


@given(st.integers(0, 44), st.text(min_size=1, max_size=3))
def test_a_token_with_anything_put_in_is_refused(place: int, extra: str) -> None:
    assert SIGNER.open(TOKEN[:place] + extra + TOKEN[place:]) is None


SPELLINGS = {
    "empty": "",
    "newline after": TOKEN + "\n",
    "newline before": "\n" + TOKEN,
    "space after": TOKEN + " ",
    "tab inside": TOKEN[:20] + "\t" + TOKEN[20:],
    "tab for a character": TOKEN[:20] + "\t" + TOKEN[21:],
    "padding": TOKEN + "=",
    "padding for the last character": TOKEN[:-1] + "=",
    "four more of padding": TOKEN + "====",
    "NUL after": TOKEN + "\0",
    "%00 after": TOKEN + "%00",
    "percent encoded": "".join(f"%{ord(letter):02X}" for letter in TOKEN),
    "first percent encoded": f"%{ord(TOKEN[0]):02X}{TOKEN[1:]}",
    "junk that base64 skips": TOKEN[:10] + "!" + TOKEN[10:],
    "standard alphabet": TOKEN.replace("-", "+").replace("_", "/"),
    "upper case": TOKEN.upper(),
    "lower case": TOKEN.lower(),
    "full-width digits": TOKEN.translate({ord(d): ord(d) - ord("0") + 0xFF10 for d in "0123456789"}),
    "Arabic digits for all": "\u0663" * 44,
    "full-width letters for all": "\uff21" * 44,
    "Kelvin sign, which is k in some foldings": TOKEN[:-1] + "\u212a",
    "lone surrogate": TOKEN[:-1] + "\ud800",
    "twice": TOKEN * 2,
    "half": TOKEN[:22],
    "path": "../" + TOKEN[3:],
    "very long": "A" * 100_000,
    "very long, with a token in front": TOKEN + "A" * 100_000,
    "all zero": "A" * 44,
}


@pytest.mark.parametrize("spelling", [pytest.param(text, id=name) for name, text in SPELLINGS.items()])
def test_no_other_spelling_opens(spelling: str) -> None:
    assert spelling != TOKEN
    assert SIGNER.open(spelling) is None


def test_both_live_master_keys_are_accepted_and_a_third_is_not() -> None:
    both = signer(NEW, OLD)
    assert both.open(signer(OLD).sign(LINK, 1)) is not None
    assert both.open(signer(NEW).sign(LINK, 1)) is not None
    assert both.open(signer(OTHER).sign(LINK, 1)) is None


def test_the_first_master_key_signs() -> None:
    assert signer(NEW, OLD).sign(LINK, 1) == signer(NEW).sign(LINK, 1)
    assert signer(OLD, NEW).sign(LINK, 1) == signer(OLD).sign(LINK, 1)


def test_a_key_of_another_purpose_opens_no_token() -> None:
    keys = derive((NEW,))
    for wrong in (keys.key, keys.password_cache, keys.etag, (NEW,)):
        assert TokenSigner(wrong).open(TOKEN) is None
