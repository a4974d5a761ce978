"""Proof that somebody may use a link: its password, a key, being its sharer, or that it needs none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.members import Role
from service.errors import Forbidden, TilegateError, Unauthenticated
from service.links.caller import Proof, Proved
from service.links.credentials.codes import invalid_code
from service.links.guard import outdated_key, revoked_key
from service.links.key import KeyScope
from service.links.named_keys import ShownKey
from service.links.watermark_text import names_who_looks
from service.metering.usage import Units

if TYPE_CHECKING:
    from service.accounts.access import Access, Principal
    from service.accounts.sessions import Session
    from service.links.caller import Client, Credential, Trail
    from service.links.credentials.keys import KeySigner
    from service.links.credentials.password_gate import PasswordGate
    from service.links.guard import LinkGuard
    from service.links.key import Key
    from service.links.link import Link
    from service.links.named_keys import KeyOrigins
    from service.links.records.record_cache import RecordCache


class CredentialCheck:
    """Asks for proof; fails closed."""

    def __init__(
        self,
        *,
        keys: KeySigner,
        key_origins: KeyOrigins,
        links: RecordCache[Link],
        gate: PasswordGate,
        access: Access,
        guard: LinkGuard,
        open_links: bool,
    ) -> None:
        self._keys = keys
        self._key_origins = key_origins
        self._links = links
        self._gate = gate
        self._access = access
        self._guard = guard
        self._open_links = open_links

    async def prove(self, link: Link, credential: Credential, client: Client, *, visit: bool) -> Proved:
        """Return what let a caller in; raise what is wrong with the first thing that it shows."""
        if credential.recipient is not None:
            if not link.takes_code or not link.is_meant_for(credential.recipient):
                raise invalid_code()
            return Proved(link=link, proof=Proof.CODE)
        if credential.session is not None:
            check_is_meant(link, credential.session)
            return Proved(link=link, proof=Proof.CLAIM)
        if credential.password is not None and link.takes_password:
            await self._check_password(link, credential.password, client, visit=visit)
            return Proved(link=link, proof=Proof.PASSWORD)
        if credential.key is not None:
            return await self._check_key(link, credential.key, credential.opened, client.trail)
        if credential.principal is not None and await self._is_sharer(link, credential.principal):
            return Proved(link=link, proof=Proof.SHARER)
        if not link.is_open:
            raise _what_opens(link)
        await self._walk_in(link, client, visit=visit)
        return Proved(link=link, proof=Proof.NOTHING)

    async def _check_password(self, link: Link, password: str, client: Client, *, visit: bool) -> None:
        fresh = await self._gate.pass_through(link, password, client.address, lambda: self._open_view(link))
        if visit and not fresh:
            await self._open_view(link)

    async def _walk_in(self, link: Link, client: Client, *, visit: bool) -> None:
        if not self._open_links:
            raise Forbidden("permission_denied", "This link has no password, and such links are not served here now.")
        fresh = await self._gate.walk_in(link, client.address, lambda: self._open_view(link))
        if visit and not fresh:
            await self._open_view(link)

    async def _open_view(self, link: Link) -> None:
        await self._guard.charge(link, Units(views=1), by_key=False)

    async def _check_key(self, link: Link, text: str, opened: Key | None, trail: Trail) -> Proved:
        key = opened or self._keys.read(text)
        key.require_unexpired(datetime.now(UTC))
        if key.link_id == link.id and key.generation > link.generation:  # our record is the older one
            link = await self._links.read_again(link.id) or link
            link.require_active(datetime.now(UTC))
        if key.link_id != link.id or key.generation != link.generation:
            raise outdated_key()
        named = None
        if key.key_id is not None:
            trail.key_id = key.key_id
            if key.key_id in link.revoked_keys:
                raise revoked_key()
            named = ShownKey(id=key.key_id, text=text)
            if key.scope is KeyScope.NAMED_BOUND or names_who_looks(link.watermark):
                known = await self._key_origins.of(key.key_id)
                origins, label, recipient = known.allowed_origins, known.label, known.recipient
                named = replace(named, origins=origins, label=label, recipient=recipient)
        return Proved(link=link, proof=Proof.KEY, key_expires_at=key.expires_at, named=named)

    async def _is_sharer(self, link: Link, principal: Principal) -> bool:
        try:
            await self._access.project_for(principal, link.project_id, Role.VIEWER)
        except TilegateError:
            return False
        return True


def _what_opens(link: Link) -> Unauthenticated:
    by_code = "a code that is sent to one of its recipients by e-mail (share.code.request)"
    if link.takes_password:
        more = f", {by_code}" if link.takes_code else ""
        return Unauthenticated("password_required", f"This link needs its password{more}, or a key.")
    return Unauthenticated("code_required", f"This link needs {by_code}, or a key.")


def check_is_meant(link: Link, session: Session) -> None:
    """Raise Forbidden `can_not_apply_to_this_user` unless the link is meant for who signed in."""
    if session.unconfirmed:
        detail = "Your e-mail address is not confirmed where you signed in; confirm it there, and sign in again."
        raise Forbidden("can_not_apply_to_this_user", detail)
    if session.email is None:
        raise Forbidden("can_not_apply_to_this_user", "Your sign-in does not tell your e-mail address.")
    if session.email not in link.recipients:
        raise Forbidden(
            "can_not_apply_to_this_user", "This link is meant for others; you can ask its owner for access."
        )
