"""Sealing bytes into URL-safe text that only we can have made: HMAC-SHA256 cut to 16 bytes, then base64url."""

from __future__ import annotations

import base64
import hashlib
import hmac

MAC_BYTES = 16


def seal(payload: bytes, keys: tuple[bytes, ...]) -> str:
    """Return the payload and its MAC under the newest key. 3 n - 16 bytes need no padding: a text has one spelling."""
    return base64.urlsafe_b64encode(payload + _mac(keys[0], payload)).decode("ascii")


def unseal(text: str, keys: tuple[bytes, ...]) -> bytes | None:
    """Return the payload of a text in base64url's alphabet, or None where none of the keys made its MAC."""
    raw = base64.urlsafe_b64decode(text)
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    genuine = any([hmac.compare_digest(_mac(key, payload), mac) for key in keys])  # noqa: C419  (all, always)
    return payload if genuine else None


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, hashlib.sha256)[:MAC_BYTES]
