"""A real OpenID provider on this machine, small and strict, and the attacks that a bad one would try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from yarl import URL

CLIENT_ID, SECRET = "tilegate at home", "a secret: of +/= characters"
REDIRECT_URI = "https://maps.example.org/sign-in/openid/callback"
Claims = dict[str, Any]
Sign = Callable[["LocalProvider", Claims], str]


@cache
def rsa_key(kid: str, bits: int = 2048) -> RSAKey:
    """Return a key; the same each time, as they take long to make."""
    return RSAKey.generate_key(bits, {"kid": kid, "use": "sig"})


@dataclass(kw_only=True)
class LocalProvider:
    """Signs in `person`, whoever asks, and gives what the code flow with PKCE gives (RFC 6749, RFC 7636, OIDC Core)."""

    person: Claims = field(default_factory=lambda: {"sub": "u-1", "email": "ann@example.org", "email_verified": True})
    userinfo: Claims | None = None
    redirect_uri: str = REDIRECT_URI
    issuer: str = ""
    key: Any = field(default_factory=lambda: rsa_key("one"))
    algorithm: str = "RS256"
    published: list[Any] = field(default_factory=list)
    """Keys in the key set; empty: the one that signs."""
    document: Claims = field(default_factory=dict)
    """What the discovery document says besides."""
    claims: Claims = field(default_factory=dict)
    """What ID tokens say besides; None takes one out."""
    sign: Sign | None = None
    answer_more: Claims = field(default_factory=dict)
    """What the answer to the browser says besides."""
    auth_methods: tuple[str, ...] = ("client_secret_basic",)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)

    def authorize(self, url: str) -> dict[str, str]:
        """Sign in as a browser does that is sent to an address; return the query that it comes back with."""
        query = URL(url).query
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] == self.redirect_uri
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = {"nonce": query["nonce"], "challenge": query["code_challenge"]}
        return {"code": code, "state": query["state"], **self.answer_more}

    async def authorize_handler(self, request: web.Request) -> web.Response:
        """Send a browser back with a code."""
        back = URL(self.redirect_uri).update_query(self.authorize(str(request.url)))
        raise web.HTTPSeeOther(back)

    async def discovery(self, _request: web.Request) -> web.Response:
        """Describe itself."""
        self._note("discovery")
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": list(self.auth_methods),
        }
        return web.json_response({name: value for name, value in (told | self.document).items() if value is not None})

    async def keys(self, _request: web.Request) -> web.Response:
        """Publish the keys."""
        self._note("keys")
        return web.json_response(KeySet(self.published or [self.key]).as_dict(private=False))

    async def token(self, request: web.Request) -> web.Response:
        """Give an ID token for a code: once, to the client that began, with its verifier."""
        self._note("token")
        form = await request.post()
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        begun = self.codes.pop(str(form.get("code")), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        if (
            begun is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != self.redirect_uri
            or challenge.rstrip(b"=").decode() != begun["challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        claims = {name: value for name, value in (usual | self.person | self.claims).items() if value is not None}
        token = self.sign(self, claims) if self.sign else self.signed(claims)
        return web.json_response({"token_type": "Bearer", "access_token": "at-1", "id_token": token})

    async def userinfo_handler(self, request: web.Request) -> web.Response:
        """Say more of who signed in."""
        self._note("userinfo")
        if request.headers.get("Authorization") != "Bearer at-1" or self.userinfo is None:
            return web.Response(status=401)
        return web.json_response(self.userinfo)

    def signed(self, claims: Claims, **header: Any) -> str:
        """Return claims as a token that the provider signs."""
        return jwt.encode(
            {"alg": self.algorithm, "kid": self.key.kid, **header}, dict(claims), self.key, [self.algorithm]
        )

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.is_down:
            raise web.HTTPServiceUnavailable

    def _is_client(self, request: web.Request, form: Any) -> bool:
        if "client_secret_basic" in self.auth_methods:
            scheme, _, text = request.headers.get("Authorization", "").partition(" ")
            name, _, secret = base64.b64decode(text).decode().partition(":")
            return scheme == "Basic" and (unquote(name), unquote(secret)) == (CLIENT_ID, SECRET)
        if "client_secret_post" in self.auth_methods:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, SECRET)
        return bool(form.get("client_id") == CLIENT_ID and "client_secret" not in form)


@asynccontextmanager
async def provider_running(**fields: Any) -> AsyncIterator[LocalProvider]:
    """Run a provider on a free port."""
    provider = LocalProvider(**fields)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/authorize", provider.authorize_handler)
    app.router.add_get("/keys", provider.keys)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/userinfo", provider.userinfo_handler)
    async with TestServer(app) as server:
        provider.issuer = str(server.make_url("/")).rstrip("/")
        yield provider


def unsigned(_provider: LocalProvider, claims: Claims) -> str:
    """Sign by `none`."""
    return ".".join([part({"alg": "none", "typ": "JWT"}), part(claims), ""])


def signed_by_secret(_provider: LocalProvider, claims: Claims) -> str:
    """Sign by HS256 with the client's secret, which is no secret of the provider's alone."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


def signed_by_public_key(provider: LocalProvider, claims: Claims) -> str:
    """Sign by HS256 with the public key, which everybody knows."""
    head, body = part({"alg": "HS256", "kid": provider.key.kid}), part(claims)
    pem = provider.key.as_pem(private=False)
    signature = base64.urlsafe_b64encode(hmac.digest(pem, f"{head}.{body}".encode(), "sha256")).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def signed_by_another(provider: LocalProvider, claims: Claims) -> str:
    """Sign with a key that is not the provider's, under the name of one that is."""
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, rsa_key("other"))


def with_its_own_key(_provider: LocalProvider, claims: Claims) -> str:
    """Sign with a key that the token brings along (`jwk`)."""
    other = rsa_key("other")
    return jwt.encode({"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other)


def altered(provider: LocalProvider, claims: Claims) -> str:
    """Change the subject of a signed token."""
    head, _, signature = provider.signed(claims).split(".")
    return ".".join([head, part(claims | {"sub": "u-2"}), signature])


def no_object(provider: LocalProvider, _claims: Claims) -> str:
    """Sign what is no object of claims."""
    return jws.serialize_compact({"alg": "RS256", "kid": provider.key.kid}, b"[1]", provider.key)


def surrogate_nonce(provider: LocalProvider, claims: Claims) -> str:
    """Sign a nonce that cannot be written as UTF-8."""
    raw = json.dumps(claims | {"nonce": "\ud800"}).encode()
    return jws.serialize_compact({"alg": "RS256", "kid": provider.key.kid}, raw, provider.key)


def critical(provider: LocalProvider, claims: Claims) -> str:
    """Say that a header must be understood that nobody knows."""
    head, body = part({"alg": "RS256", "kid": provider.key.kid, "crit": ["x"], "x": 1}), part(claims)
    return f"{head}.{body}.AAAA"


def part(value: Any) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def ec_key() -> ECKey:
    """Return a key for ES256."""
    return ECKey.generate_key("P-256", {"kid": "ec"})


def ed_key() -> OKPKey:
    """Return a key for Ed25519."""
    return OKPKey.generate_key("Ed25519", {"kid": "ed"})
