"""Keys of each kind, and session tokens signed with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms

ISSUER, AUDIENCE = "https://id.example.org", "tilegate"
SECRET = "a secret of forty characters, and no less"


@dataclass(frozen=True)
class Signer:
    """Signs session tokens in one way."""

    algorithm: str
    key: Any

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a good token, but for the claims given; None leaves one out."""
        now = datetime.now(UTC)
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "iat": now, "exp": now + timedelta(minutes=5)}
        given = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode(given, self.key, self.algorithm, headers=headers)

    @property
    def pem(self) -> bytes:
        """The public key."""
        pem: bytes = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem

    def jwk(self, **fields: str) -> dict[str, Any]:
        """Return the public key as a JSON Web Key."""
        made = get_default_algorithms()[self.algorithm].to_jwk(self.key.public_key())
        return {**json.loads(made), **fields}


@cache
def signer(algorithm: str) -> Signer:
    """Return a signer of each algorithm; the same each time, as RSA keys take long to make."""
    keys = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "HS256": lambda: SECRET,
    }
    return Signer(algorithm, keys[algorithm]())
