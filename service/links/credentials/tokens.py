"""Link tokens: self-authenticating, so that a forged one costs nothing but a hash.

A token is 33 bytes in 44 URL-safe characters: link id (15 random bytes), rotation (2), HMAC-SHA256 of both cut to 16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cachetools import LRUCache

from service.identifiers import ID_BYTES, LinkId, decode_id, encode_id
from service.links.credentials.signed_token import seal, unseal

PATTERN = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)
ROTATION_BYTES = 2
REMEMBERED = 10_000
"""Genuine tokens whose claims are kept: a map brings the same one with each tile. Forged ones are never kept."""
MAX_ROTATION = 2 ** (8 * ROTATION_BYTES) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaim:
    """What a genuine token says: which link, and its how-manieth token."""

    link_id: LinkId
    rotation: int


class TokenSigner:
    """Makes and opens tokens; fails closed. `keys`: newest first, see `master_key`."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys
        self._genuine: LRUCache[str, TokenClaim] = LRUCache(REMEMBERED)

    def sign(self, link_id: LinkId, rotation: int) -> str:
        """Return the token of a link. The same link and rotation always give the same token."""
        payload = decode_id(link_id) + rotation.to_bytes(ROTATION_BYTES, "big")
        return seal(payload, self._keys)

    def open(self, token: str) -> TokenClaim | None:
        """Return what a token says, or None where it is not one of ours. No input or output is done."""
        known = self._genuine.get(token)
        if known is not None:
            return known
        claim = self._read(token)
        if claim is not None:
            self._genuine[token] = claim
        return claim

    def _read(self, token: str) -> TokenClaim | None:
        if PATTERN.fullmatch(token) is None:
            return None
        payload = unseal(token, self._keys)
        if payload is None:
            return None
        link_id = LinkId(encode_id("lnk", payload[:ID_BYTES]))
        return TokenClaim(link_id=link_id, rotation=int.from_bytes(payload[ID_BYTES:], "big"))
