"""Keys that session tokens are checked with. Each says the one algorithm that it is for: a token chooses none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from service.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

LEAST_SECRET = 32
"""Bytes (RFC 7518, 3.2)."""
LEAST_RSA = 2048
"""Bits (RFC 7518, 3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """A key, and the algorithm that tokens checked with it are signed by."""

    key: PublicKey | bytes
    algorithm: str


class SessionKeys(Protocol):
    """Where keys come from."""

    def find(self, kid: str | None) -> SessionKey:
        """Return the key that a token names. Raises Unauthenticated, Unavailable."""
        ...


class OneKey:
    """The one key that an operator gave; what a token calls it does not matter."""

    def __init__(self, key: SessionKey) -> None:
        self._key = key

    def find(self, kid: str | None) -> SessionKey:  # noqa: ARG002  (there is but one)
        """Return it."""
        return self._key


def load_secret(file: Path) -> SessionKey:
    """Return the HS256 secret in a file, without white space around it. Blocks. Raises Misconfigured."""
    secret = _read(file, "TILEGATE_JWT_SECRET_FILE").strip()
    if secret.startswith(b"-----BEGIN"):
        raise Misconfigured(
            "misconfigured",
            "TILEGATE_JWT_SECRET_FILE holds a PEM key; put a public key into TILEGATE_JWT_PUBLIC_KEY_FILE.",
        )
    if len(secret) < LEAST_SECRET:
        raise Misconfigured("misconfigured", f"TILEGATE_JWT_SECRET_FILE must hold at least {LEAST_SECRET} bytes.")
    return SessionKey(key=secret, algorithm="HS256")


def load_public_key(file: Path) -> SessionKey:
    """Return the public key in a PEM file, for RS256, ES256 or EdDSA by its kind. Blocks. Raises Misconfigured."""
    try:
        key = _for_its_algorithm(load_pem_public_key(_read(file, "TILEGATE_JWT_PUBLIC_KEY_FILE")))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if key is None:
        detail = "TILEGATE_JWT_PUBLIC_KEY_FILE must be a PEM public key: RSA of 2048 bits or more, P-256 or Ed25519."
        raise Misconfigured("misconfigured", detail)
    return key


def parse_key_set(raw: bytes) -> dict[str | None, SessionKey]:
    """Return the usable keys of a JSON Web Key Set (RFC 7517) by their kid; no secrets. Raises ValueError."""
    document = json.loads(raw)
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise ValueError("not a JSON Web Key Set")  # noqa: TRY004  (callers expect one kind)
    found = [(row.get("kid"), key) for row in rows if isinstance(row, dict) and (key := _of_a_set(row)) is not None]
    keys: dict[str | None, SessionKey] = {kid: key for kid, key in found if isinstance(kid, str)}
    if len(found) == 1:
        keys[None] = found[0][1]
    return keys


def _of_a_set(row: Mapping[str, Any]) -> SessionKey | None:
    if row.get("kty") not in {"RSA", "EC", "OKP"} or row.get("use", "sig") != "sig":
        return None
    try:
        key = _for_its_algorithm(PyJWK(dict(row)).key)
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    return key if key is not None and row.get("alg", key.algorithm) == key.algorithm else None


def _for_its_algorithm(key: object) -> SessionKey | None:
    """Return a public key with the algorithm that it is used for here, or None."""
    if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA:
        return SessionKey(key=key, algorithm="RS256")
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return SessionKey(key=key, algorithm="ES256")
    if isinstance(key, Ed25519PublicKey):
        return SessionKey(key=key, algorithm="EdDSA")
    return None


def _read(file: Path, variable: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise Misconfigured("misconfigured", f"{variable}: the file cannot be read ({exc.strerror}).") from exc
