"""Keys: short proof that a password was given, or that the sharer minted access; what `?key=` carries.

Checked without any look-up; but whether a named one was revoked is in its link (`Link.revoked_keys`).

A key is 51 bytes in 68 URL-safe characters: version (1), link id (15), generation (4), scope (1), expiry (6, Unix
milliseconds), jti (8), HMAC-SHA256 of all that cut to 16.
"""

from __future__ import annotations

import re
import secrets
import struct
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache

from service.errors import Unauthenticated
from service.identifiers import LinkId, LinkKeyId, decode_id, encode_id
from service.links.credentials.signed_token import seal, unseal
from service.links.key import Key, KeyScope

PATTERN = re.compile(r"[A-Za-z0-9_-]{68}", re.ASCII)
LAYOUT = struct.Struct(">B15sIB6s8s")
VERSION = 1
REMEMBERED = 10_000
"""Genuine keys whose contents are kept, as of tokens."""
JTI_BYTES = 8
PREFIX = "key_"
EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


class KeySigner:
    """Makes and opens keys; fails closed. `keys`: newest first, see `master_key`."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys
        self._genuine: LRUCache[str, Key] = LRUCache(REMEMBERED)

    def sign(self, key: Key) -> str:
        """Return the text of a key; no two texts are the same, but those of the same named key."""
        payload = LAYOUT.pack(
            VERSION,
            decode_id(key.link_id),
            key.generation,
            key.scope,
            ((key.expires_at - EPOCH) // MILLISECOND).to_bytes(6, "big"),
            secrets.token_bytes(JTI_BYTES) if key.key_id is None else bytes.fromhex(key.key_id.removeprefix(PREFIX)),
        )
        return seal(payload, self._keys)

    def read(self, text: str) -> Key:
        """Return what a genuine key says, whether it has expired or not. Raises Unauthenticated `key_invalid`."""
        known = self._genuine.get(text)
        if known is None:
            known = self._genuine[text] = self._read(text)
        return known

    def open(self, text: str, now: datetime) -> Key:
        """Return what a key says. Raises Unauthenticated `key_invalid` or `key_expired`."""
        key = self.read(text)
        key.require_unexpired(now)
        return key

    def _read(self, text: str) -> Key:
        if PATTERN.fullmatch(text) is None:
            raise Unauthenticated("key_invalid", "This is not a key of this service.")
        payload = unseal(text, self._keys)
        if payload is None:
            raise Unauthenticated("key_invalid", "This is not a key of this service.")
        _, link_id, generation, number, expiry, jti = LAYOUT.unpack(payload)
        scope = _scope(number)
        return Key(
            link_id=LinkId(encode_id("lnk", link_id)),
            generation=generation,
            scope=scope,
            expires_at=EPOCH + int.from_bytes(expiry, "big") * MILLISECOND,
            key_id=None if scope is KeyScope.RECIPIENT else LinkKeyId(PREFIX + jti.hex()),
        )


def as_signed(expires_at: datetime) -> datetime:
    """Return an expiry as a key can say it: in whole milliseconds, never later."""
    return EPOCH + (expires_at - EPOCH) // MILLISECOND * MILLISECOND


def new_key_id() -> LinkKeyId:
    """Return the id of a new named key: `key_` and 64 random bits in hex."""
    return LinkKeyId(PREFIX + secrets.token_hex(JTI_BYTES))


def _scope(number: int) -> KeyScope:
    try:
        return KeyScope(number)
    except ValueError as exc:  # of a version of ours that this one does not know
        raise Unauthenticated("key_invalid", "This is not a key of this service.") from exc
