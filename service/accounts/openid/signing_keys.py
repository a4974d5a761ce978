"""The keys that a provider signs ID tokens with. Each is for algorithms of its own kind: a token chooses no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

if TYPE_CHECKING:
    from collections.abc import Mapping

SigningKey: TypeAlias = RSAKey | ECKey | OKPKey

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519")
"""What ID tokens may be signed by. No HS256: whoever knows the client's secret could sign; and never `none`."""
KINDS: dict[str, type[SigningKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
CURVES = {"P-256", "Ed25519"}
LEAST_RSA = 2048
"""Bits (RFC 7518, 3.3)."""
MOST_KEYS = 50


def parse_keys(raw: bytes) -> KeySet:
    """Return the usable keys of a JSON Web Key Set (RFC 7517): public ones for signing. Raises ValueError."""
    document = json.loads(raw)
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_KEYS:
        raise ValueError("not a JSON Web Key Set")
    keys = [key for row in rows if isinstance(row, dict) and (key := _usable(row)) is not None]
    if not keys:
        raise ValueError(f"no key of the provider's can be used: {', '.join(ALGORITHMS)} are taken")
    return KeySet(list(keys))


def holds(keys: KeySet, kid: object) -> bool:
    """Whether a set has the key that a token names; a set of one key has the one of a token that names none."""
    return any(key.kid == kid for key in keys) or (kid is None and len(keys.keys) == 1)


def _usable(row: Mapping[str, Any]) -> SigningKey | None:
    kind = KINDS.get(str(row.get("kty")))
    if kind is None or row.get("use", "sig") != "sig" or row.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        return None
    if kind is not RSAKey and row.get("crv") not in CURVES:
        return None
    public = {name: value for name, value in row.items() if name in {"kty", "n", "e", "crv", "x", "y", "kid", "alg"}}
    if kind is RSAKey and not _is_long(public.get("n")):
        return None
    try:
        key = kind.import_key(public)
        _ = key.public_key
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return key


def _is_long(modulus: object) -> bool:
    """Whether a modulus in base64url has enough bits, and not so many that checking by it takes long."""
    return isinstance(modulus, str) and LEAST_RSA <= len(modulus.lstrip("A")) * 6 <= 8 * LEAST_RSA + 6
