"""Codes that recipients are sent by e-mail to open a link.

A code is six digits that a key of this installation makes of the link, its generation, the address and random bytes:
HMAC-SHA256, cut as RFC 4226 (5.3) does it. Only the random bytes are kept, in Redis and in the outbox of e-mail, so
that neither holds a code. What ends the keys of a link raises its generation, and so ends its codes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct

from service.errors import Unauthenticated
from service.identifiers import LinkId

DIGITS = 6
SEED_BYTES = 16


class CodeSigner:
    """Makes codes of seeds; fails closed. `key`: see `master_key`."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def code(self, link_id: LinkId, generation: int, address: str, seed: str) -> str:
        """Return the code of a seed, for one address and one generation of a link."""
        digest = self._digest("code", link_id, str(generation), address, seed)
        at = digest[-1] & 0xF
        (number,) = struct.unpack_from(">I", digest, at)
        return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"

    def text(self, link_id: LinkId, generation: int, seed: str) -> str:
        """Return what a letter holds of a code until it is sent."""
        return f"{link_id} {generation} {seed}"

    def code_of_text(self, address: str, text: str) -> str:
        """Return the code of what `text` returned, for the address that the letter goes to."""
        link_id, generation, seed = text.split(" ")
        return self.code(LinkId(link_id), int(generation), address, seed)

    def mailbox(self, address: str) -> str:
        """Return what an address is called in Redis: 32 hexadecimal digits that do not tell it."""
        return self._digest("mailbox", address)[:16].hex()

    def _digest(self, *words: str) -> bytes:
        return hmac.digest(self._key, "\0".join(words).encode(), hashlib.sha256)


def new_seed() -> str:
    """Return what a new code is made of: 128 random bits in hexadecimal digits."""
    return secrets.token_hex(SEED_BYTES)


def invalid_code() -> Unauthenticated:
    """Return the one error for codes that are wrong, used, too old, or of somebody who is no recipient."""
    return Unauthenticated(
        "code_invalid", "The code is wrong, was used, or is older than ten minutes; ask for a new one.", field="code"
    )
