"""Sealing what is kept and must not be read where it lies (AES-256-GCM)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Sequence

NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, owner: str) -> bytes:
    """Return what only a holder of the key can open, and only for the same owner: the id of the row it lies in."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, owner.encode())


def unseal(keys: Sequence[bytes], sealed: bytes, owner: str) -> bytes | None:
    """Return what was sealed by one of the keys, or None."""
    for key in keys:
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
        except InvalidTag:
            continue
    return None
