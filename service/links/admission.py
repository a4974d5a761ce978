"""Who may use a link: token, link, organization, state, password or key, permission, origin, rate, in this order."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from service.errors import Forbidden, Gone, Unavailable
from service.identifiers import Flow
from service.links.caller import Client, Credential, Proof, Proved
from service.links.credentials.verification import CredentialCheck
from service.links.guard import LinkGuard, no_such_link, outdated_key, revoked_key
from service.links.key import Key, KeyScope
from service.links.link import Permission, TargetType, origin_is_among

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from service.accounts.access import Access
    from service.accounts.organization import Organization
    from service.catalogue.collection import Collection, LinkTarget
    from service.catalogue.item import Item
    from service.identifiers import LinkKeyId, TargetId
    from service.links.credentials.keys import KeySigner
    from service.links.credentials.password_gate import PasswordGate
    from service.links.credentials.tokens import TokenClaim, TokenSigner
    from service.links.link import Link
    from service.links.named_keys import KeyOrigins, ShownKey
    from service.links.records.record_cache import RecordCache
    from service.metering.limits import TileLimiter
    from service.metering.meter import Meter
    from service.metering.usage import Units

__all__ = ["Admission", "Authorizer", "Client", "Credential", "Proof"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """An admitted caller."""

    link: Link
    target: LinkTarget
    proof: Proof
    key_expires_at: datetime | None = None
    named: ShownKey | None = None
    """The key, where it has a name: no other one is given for it, so that revoking it ends all that came of it."""
    until: float = -math.inf
    """Unix seconds at which the key or the link expires, whichever is first; past where it was by no key."""
    is_layer: bool = False
    """Whether the target is a layer of a saved map: it is shown, its file and stored values are not handed out."""

    @property
    def is_metered(self) -> bool:
        """Whether what is sent is counted: the sharer's own previews are free."""
        return self.proof is not Proof.SHARER

    @property
    def flow(self) -> Flow:
        """On whose behalf something is rendered for the caller."""
        return Flow(self.link.organization_id, self.link.id)

    @property
    def key_id(self) -> LinkKeyId | None:
        """The named key that let them in."""
        return None if self.named is None else self.named.id

    @property
    def picked(self) -> TargetId | None:
        """Which one of the things that the link shares the target is; None for its main one."""
        return None if self.target.id == self.link.target_id else self.target.id


ALLOWED = {
    Permission.VIEW: {Permission.VIEW},
    Permission.DOWNLOAD: {Permission.VIEW, Permission.DOWNLOAD},
    Permission.WRITE: {Permission.VIEW, Permission.DOWNLOAD, Permission.WRITE},
    Permission.DROP: {Permission.DROP},
}
"""What a link's permission lets its recipients do."""


def require_permission(link: Link, needs: Permission) -> None:
    """Raise Forbidden `permission_denied` where a link does not allow something."""
    if needs not in ALLOWED[link.permission]:
        raise Forbidden("permission_denied", f"This link allows {link.permission}, not {needs}.")


def _admission(proved: Proved, target: LinkTarget) -> Admission:
    return Admission(
        link=proved.link,
        target=target,
        proof=proved.proof,
        key_expires_at=proved.key_expires_at,
        named=proved.named,
        until=proved.until,
    )


class Authorizer:
    """Admits callers to links; fails closed.

    A forged token costs one hash, a key no look-up beyond the record.
    """

    def __init__(  # noqa: PLR0913  (the parts that an admission needs)
        self,
        *,
        tokens: TokenSigner,
        keys: KeySigner,
        key_origins: KeyOrigins,
        organizations: RecordCache[Organization],
        links: RecordCache[Link],
        items: RecordCache[Item],
        collections: RecordCache[Collection],
        gate: PasswordGate,
        access: Access,
        meter: Meter,
        tile_limiter: TileLimiter,
        own_origin: str,
        open_links: bool = False,
    ) -> None:
        """`open_links`: whether links without a password open; off, they do for nobody who shows nothing else."""
        self._tokens = tokens
        self._keys = keys
        self._organizations = organizations
        self._links = links
        self._items = items
        self._collections = collections
        self._guard = LinkGuard(links, meter)
        self._credentials = CredentialCheck(
            keys=keys,
            key_origins=key_origins,
            links=links,
            gate=gate,
            access=access,
            guard=self._guard,
            open_links=open_links,
        )
        self._tile_limiter = tile_limiter
        self._own_origin = own_origin

    async def find(self, token: str) -> Link:
        """Return the link of a token, whatever its state. Raises NotFound `share_not_found`, alike for all reasons.

        Raises Gone `organization_suspended` where no link of its organization is open.
        """
        claim = self._tokens.open(token)
        if claim is None:
            raise no_such_link()
        link = await self._find(claim, confirm=False)
        (await self._organization(link)).require_links()
        return link

    async def admit(
        self,
        token: str,
        credential: Credential,
        client: Client,
        *,
        needs: Permission | None = Permission.VIEW,
        visit: bool = False,
        confirm: bool = True,
    ) -> Admission:
        """Admit a caller who shows a token, as `authorize` does."""
        claim = self._tokens.open(token)
        return await self.authorize(claim, credential, client, needs=needs, visit=visit, confirm=confirm)

    async def authorize(
        self,
        claim: TokenClaim | None,
        credential: Credential,
        client: Client,
        *,
        needs: Permission | None = Permission.VIEW,
        visit: bool = False,
        confirm: bool = True,
        before: Admission | None = None,
    ) -> Admission:
        """Admit a caller by what their token says, or raise what is wrong first, in the module docstring's order.

        All checks are done each time, out of memory: only a record that is not there is waited for, a password that was
        not seen before, or the origins of a key. A claim of None is that of a forged token.
        `needs` of None: to open the link, and to show nothing of its target where it `is_drop`.

        `visit`: the password is given to open the link, as a person does: one view, each time. Elsewhere a password
        opens a view the first time that it is seen. `confirm`: look whether our record of the link is the newest;
        without it, `charge` or `confirm` must follow before anything is sent. `before`: the admission by the same key
        earlier. What a key is worth to a record stays while the record does, as records are replaced and never changed;
        all that depends on the moment and on the client is looked at again.
        """
        if claim is None:
            raise no_such_link()
        known, trail = None if confirm else self._cached_link(claim), client.trail
        link = known or await self._find(claim, confirm=confirm)
        trail.link_id = link.id
        (self._organizations.cached(link.organization_id) or await self._organization(link)).require_links()
        if before is None or before.link is not link or time.time() >= before.until:
            link.require_active(datetime.now(UTC))
            before, proved = None, await self._credentials.prove(link, credential, client, visit=visit)
            link, trail.proof, named = proved.link, proved.proof, proved.named
        else:
            trail.proof, trail.key_id, named = before.proof, before.key_id, before.named
        self._check(link, named, client, needs)
        target = self._cached_target(link) or await self._target(link)
        if before is not None:
            return before if before.target is target else replace(before, target=target)
        return _admission(proved, target)

    def charge(self, admission: Admission, units: Units) -> Awaitable[None]:
        """Count what is about to be sent to an admitted caller. Raises as `confirm` does, Gone, Unavailable."""
        by_key, named = admission.proof is Proof.KEY, admission.key_id
        return self._guard.charge(admission.link, units, by_key=by_key, named=named)

    async def confirm(self, admission: Admission) -> None:
        """Raise what has become of the link, where it was changed since the caller was admitted."""
        by_key, named = admission.proof is Proof.KEY, admission.key_id
        await self._guard.confirm(admission.link, by_key=by_key, named=named)

    async def confirm_again(self, admission: Admission) -> None:
        """Raise what has become of the link, where it no longer admits whoever an answer is still being sent to.

        Unlike `confirm` this lets a link be changed in ways that take nothing away.
        """
        link = await self._guard.newest(admission.link.id)
        if link is None or link.rotation != admission.link.rotation:
            raise no_such_link()
        (await self._organization(link)).require_links()
        link.require_active(datetime.now(UTC))
        if link.generation != admission.link.generation:
            raise outdated_key()
        if admission.key_id in link.revoked_keys:
            raise revoked_key()
        if link.pixel_limits != admission.link.pixel_limits:
            raise Unavailable("backend_unavailable", "The link was changed just now; try again.", retry_after=1)
        await self._target(link)

    def issue_key(self, admission: Admission, lifetime: float, now: datetime) -> tuple[str, datetime]:
        """Return a key for an admitted caller and its expiry: the named one that let them in, or else a new one."""
        if admission.named is not None and admission.key_expires_at is not None:
            return admission.named.text, admission.key_expires_at
        return self.new_key(admission.link, lifetime, now)

    def new_key(self, link: Link, lifetime: float, now: datetime) -> tuple[str, datetime]:
        """Return a new key of a link and its expiry: after `lifetime` seconds, or when the link expires."""
        expires_at = now + timedelta(seconds=lifetime)
        if link.expires_at is not None:
            expires_at = min(expires_at, link.expires_at)
        key = Key(link_id=link.id, generation=link.generation, scope=KeyScope.RECIPIENT, expires_at=expires_at)
        return self._keys.sign(key), expires_at

    def _cached_link(self, claim: TokenClaim) -> Link | None:
        """Return what `_find` would, where it is in memory; else None."""
        link = self._links.cached(claim.link_id)
        return link if link is not None and link.rotation == claim.rotation else None

    async def _find(self, claim: TokenClaim, *, confirm: bool) -> Link:
        if confirm:
            link = await self._guard.newest(claim.link_id)
        else:
            link = await self._links.get(claim.link_id)
        if link is None or link.rotation != claim.rotation:
            raise no_such_link()
        return link

    async def _organization(self, link: Link) -> Organization:
        organization = await self._organizations.get(link.organization_id)
        if organization is None:
            raise no_such_link()
        return organization

    def _check(self, link: Link, named: ShownKey | None, client: Client, needs: Permission | None) -> None:
        """Raise what a caller may not do though they proved who they are: permission, origin, rate."""
        if needs is not None:
            require_permission(link, needs)
        if link.allowed_origins or named is not None:
            self._check_origin(link, named, client)
        client.trail.allowance = allowance = self._tile_limiter.hit(link.id, client.address)
        if not allowance.allowed:
            allowance.require()

    def _check_origin(self, link: Link, named: ShownKey | None, client: Client) -> None:
        own_origin = self._own_origin
        is_admitted = link.admits_origin(client.origin, own_origin)
        if not is_admitted or (named and not origin_is_among(named.origins, client.origin, own_origin)):
            raise Forbidden("origin_not_allowed", "This link may not be used from this web site.")

    def _targets(self, link: Link) -> RecordCache[Collection] | RecordCache[Item]:
        return self._collections if link.target_type is TargetType.COLLECTION else self._items

    def _cached_target(self, link: Link) -> LinkTarget | None:
        """Return what `_target` would, where it is in memory; else None."""
        target = self._targets(link).cached(link.target_id)
        return target if target is not None and not target.is_gone else None

    async def _target(self, link: Link) -> LinkTarget:
        target = await self._targets(link).get(link.target_id)
        if target is None or target.is_gone:
            raise Gone("target_gone", "What this link shared is no longer there.")
        return target
