"""What strangers, the mail server and the sign-in service see of an installation, and it of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from service.accounts.fetching import fetch
from service.accounts.openid.provider import discovery_url
from service.accounts.session_keys import parse_key_set
from service.cli.examination.finding import Finding
from service.mail.smtp_sender import NotSent, SmtpSender
from service.mail_server import parse_smtp_url

if TYPE_CHECKING:
    from service.settings import Settings

PATIENCE = 5.0  # seconds
HERE = frozenset({"127.0.0.1", "::1", "localhost"})


async def look_outside(settings: Settings) -> list[Finding]:
    """Ask what is set: the public address, the mail server, who signs session tokens, who signs people in."""
    looks = [_public_url(settings), _mail(settings), _session_keys(settings), _sign_in(settings)]
    return [finding for findings in await asyncio.gather(*looks) for finding in findings]


async def _public_url(settings: Settings) -> list[Finding]:
    what, url = "public URL", settings.public_url
    if url is None:
        found = f"not set: links say {settings.base_url}; TILEGATE_PUBLIC_URL is what recipients see"
        return [Finding(what=what, is_fine=True, found=found)]
    address = urlsplit(url)
    if address.scheme == "http" and address.hostname not in HERE:
        return [Finding(what=what, is_fine=False, found=f"{url}: passwords and keys travel in clear; use https")]
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as response,
        ):
            is_ours = response.status == 200 and (await response.json()) == {"status": "ok"}  # noqa: PLR2004
    except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
        return [Finding(what=what, is_fine=False, found=f"{url} does not answer: {exc or type(exc).__name__}")]
    found = f"{url} leads to a Tilegate" if is_ours else f"{url}/healthz is not a Tilegate's: look at the proxy"
    return [Finding(what=what, is_fine=is_ours, found=found)]


async def _mail(settings: Settings) -> list[Finding]:
    if settings.smtp_url is None:
        return []
    server = parse_smtp_url(settings.smtp_url)
    sender = SmtpSender(server, step=PATIENCE, whole=PATIENCE)
    try:
        await sender.greet()
    except NotSent as exc:
        return [Finding(what="e-mail", is_fine=False, found=f"{server.host}: {exc.reason}")]
    finally:
        await sender.close()
    return [Finding(what="e-mail", is_fine=True, found=f"{server.host} takes letters from us; none was sent")]


async def _session_keys(settings: Settings) -> list[Finding]:
    what, url = "session tokens", settings.jwt_jwks_url
    if url is None:
        return []
    try:
        async with asyncio.timeout(PATIENCE):
            keys = parse_key_set(await fetch(url, may_be_private=settings.jwt_jwks_private))
    except (OSError, ValueError, RecursionError, TimeoutError) as exc:
        return [Finding(what=what, is_fine=False, found=f"{url}: {exc or type(exc).__name__}")]
    return [Finding(what=what, is_fine=bool(keys), found=f"{url} has {len(keys)} keys that we can use")]


async def _sign_in(settings: Settings) -> list[Finding]:
    what, issuer = "sign-in", settings.oidc_issuer
    if issuer is None:
        return []
    url = discovery_url(issuer)
    try:
        async with asyncio.timeout(PATIENCE):
            await fetch(url, may_be_private=settings.oidc_private)
    except (OSError, ValueError, TimeoutError) as exc:
        return [Finding(what=what, is_fine=False, found=f"{url}: {exc or type(exc).__name__}")]
    return [Finding(what=what, is_fine=True, found=f"{issuer} describes itself")]
