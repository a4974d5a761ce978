"""What a provider knows us as, and how it is asked."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from yarl import URL

from service.errors import Unauthenticated, Unavailable
from service.outbound.call import Call, ask
from service.outbound.reach import Reach

if TYPE_CHECKING:
    from service.accounts.openid.attempt import Attempt
    from service.accounts.openid.provider import Provider
    from service.outbound.call import Answer

SECONDS = 10.0
MOST_BYTES = 256 * 1024
FORM = "application/x-www-form-urlencoded"
SCOPES = "openid email profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a provider gives for a code."""

    id_token: str
    access_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """This service, as it is registered with a provider."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    """None: a public client, which PKCE alone protects."""
    redirect_uri: str
    may_be_private: bool = False
    """Whether the provider may be in a private network."""

    @property
    def reach(self) -> Reach:
        """Where the provider's own addresses may lead: to this machine only where the provider itself is on it."""
        return Reach(this_machine=_is_this_machine(self.issuer), private=self.may_be_private)

    def authorization_url(self, provider: Provider, attempt: Attempt) -> str:
        """Return where a browser is sent to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return str(URL(provider.authorization_endpoint).update_query(query))

    async def document(self, url: str, authorization: str | None = None) -> bytes:
        """Return what is at an address of the provider's. Raises OSError, ValueError."""
        headers = {"Accept": "application/json"} | ({} if authorization is None else {"Authorization": authorization})
        call = Call(url=url, headers=headers, seconds=SECONDS, most_bytes=MOST_BYTES)
        answer = await ask(call, self.reach)
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"the provider answered {answer.status}")
        return answer.body

    async def redeem(self, provider: Provider, code: str, verifier: str) -> Tokens:
        """Return what a provider gives for a code. Raises Unauthenticated, Unavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
            "client_id": self.client_id,
        }
        headers = {"Accept": "application/json", "Content-Type": FORM}
        if self.secret is not None and provider.secret_by_post:
            form["client_secret"] = self.secret
        elif self.secret is not None:
            headers["Authorization"] = self._basic(self.secret)
        body = urlencode(form).encode()
        call = Call(
            method="POST",
            url=provider.token_endpoint,
            headers=headers,
            body=body,
            seconds=SECONDS,
            most_bytes=MOST_BYTES,
        )
        try:
            return _tokens(await ask(call, self.reach))
        except OSError as exc:
            raise unreachable() from exc
        except (ValueError, RecursionError) as exc:
            raise Unauthenticated("sign_in_failed", "The provider's answer cannot be read.") from exc

    def _basic(self, secret: str) -> str:
        """Return the header of RFC 6749, 2.3.1: both are encoded as in a form first."""
        pair = f"{quote(self.client_id, safe='')}:{quote(secret, safe='')}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


def unreachable() -> Unavailable:
    """Return the error for a provider that does not answer."""
    detail = "The provider that you sign in with cannot be reached now; try again in a minute."
    return Unavailable("backend_unavailable", detail, retry_after=60)


def _tokens(answer: Answer) -> Tokens:
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise unreachable()
    document: Any = json.loads(answer.body) if answer.body else None
    said = document if isinstance(document, dict) else {}
    if answer.status != HTTPStatus.OK:
        is_ours = said.get("error") in {"invalid_client", "unauthorized_client", "unsupported_grant_type"}
        detail = "The provider does not know this service: its operator must check client id and secret."
        raise Unauthenticated(
            "sign_in_failed", detail if is_ours else "This sign-in is over or was used; sign in again."
        )
    id_token, access_token = said.get("id_token"), said.get("access_token")
    if not isinstance(id_token, str):
        raise ValueError("no ID token")  # noqa: TRY004  (callers expect one kind)
    return Tokens(id_token=id_token, access_token=access_token if isinstance(access_token, str) else None)


def _is_this_machine(issuer: str) -> bool:
    host = URL(issuer).raw_host or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
