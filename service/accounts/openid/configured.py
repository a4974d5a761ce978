"""With whom people sign in, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.members import Role
from service.accounts.openid.client import Client
from service.accounts.openid.standing import Rules
from service.errors import Misconfigured
from service.identifiers import ProjectId

if TYPE_CHECKING:
    from service.settings import Settings

CALLBACK = "/sign-in/openid/callback"
"""Where the provider sends browsers back to, below the public URL: to be registered with it."""
LONGEST_SECRET = 1000


def openid_client(settings: Settings) -> Client | None:
    """Return how the provider is asked, or None where there is none. Blocks. Raises Misconfigured."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    return Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=_secret(settings),
        redirect_uri=settings.base_url + CALLBACK,
        may_be_private=settings.oidc_private,
    )


def openid_rules(settings: Settings) -> Rules:
    """Return whom the operator lets in."""
    joined = settings.oidc_join_project
    return Rules(
        domains=settings.oidc_email_domains,
        trusts_emails=settings.oidc_trust_emails,
        join_project=None if joined is None else ProjectId(joined),
        join_role=Role(settings.oidc_join_role),
    )


def _secret(settings: Settings) -> str | None:
    if settings.oidc_client_secret_file is None:
        return None
    try:
        secret = settings.oidc_client_secret_file.read_text("utf-8").strip()
    except (OSError, ValueError) as exc:
        raise Misconfigured("misconfigured", "TILEGATE_OIDC_CLIENT_SECRET_FILE: the file cannot be read.") from exc
    if not 0 < len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise Misconfigured(
            "misconfigured", "TILEGATE_OIDC_CLIENT_SECRET_FILE must hold one line: the client's secret."
        )
    return secret
