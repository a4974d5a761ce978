"""Who may use a link, in the order of the checks: token, link, state, password or key, permission, origin, rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from service.accounts.members import Role
from service.errors import Forbidden, Gone, TilegateError, Unauthenticated, Unavailable
from service.links.guard import LinkGuard, charge_of, no_such_link, outdated_key
from service.links.keys import Key, KeyScope
from service.links.link import Permission, TargetType
from service.metering.usage import Units

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.accounts.access import Access, Principal
    from service.accounts.sessions import Session
    from service.catalogue.collection import Collection, LinkTarget
    from service.catalogue.item import Item
    from service.links.keys import KeySigner
    from service.links.link import Link
    from service.links.password_gate import PasswordGate
    from service.links.records import Records
    from service.links.tokens import TokenSigner
    from service.metering.charges import Charge
    from service.metering.limits import TileLimiter
    from service.metering.meter import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where a call comes from."""

    address: str
    """IP address, of the client and not of our proxy."""
    origin: str | None = None
    """The web origin of the page that makes the call (Origin, or else Referer), where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a caller shows. A password goes before a key, a key before being the sharer."""

    password: str | None = None
    key: str | None = None
    principal: Principal | None = None
    session: Session | None = None
    """Of somebody who takes a link that is meant for them; given for that alone, and then it goes first."""


class Proof(StrEnum):
    """What let a caller in."""

    PASSWORD = "password"  # noqa: S105  (not one)
    KEY = "key"
    SHARER = "sharer"
    CLAIM = "claim"
    """The confirmed address of somebody whom the link is meant for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """An admitted caller."""

    link: Link
    target: LinkTarget
    proof: Proof
    key_expires_at: datetime | None = None

    @property
    def is_metered(self) -> bool:
        """Whether what is sent is counted: the sharer's own previews are free."""
        return self.proof is not Proof.SHARER


def require_permission(link: Link, needs: Permission) -> None:
    """Raise Forbidden `permission_denied` where a link allows less."""
    order = list(Permission)
    if order.index(link.permission) < order.index(needs):
        raise Forbidden("permission_denied", f"This link allows {link.permission}, not {needs}.")


class Doorkeeper:
    """Admits callers to links; fails closed.

    A forged token costs one hash, a key no look-up beyond the record.
    """

    def __init__(  # noqa: PLR0913  (the parts that an admission needs)
        self,
        *,
        tokens: TokenSigner,
        keys: KeySigner,
        links: Records[Link],
        items: Records[Item],
        collections: Records[Collection],
        gate: PasswordGate,
        access: Access,
        meter: Meter,
        tile_limiter: TileLimiter,
        own_origin: str,
    ) -> None:
        self._tokens = tokens
        self._keys = keys
        self._links = links
        self._items = items
        self._collections = collections
        self._gate = gate
        self._access = access
        self._guard = LinkGuard(links, meter)
        self._tile_limiter = tile_limiter
        self._own_origin = own_origin

    async def find(self, token: str) -> Link:
        """Return the link of a token, whatever its state. Raises NotFound `share_not_found`, alike for all reasons."""
        return await self._find(token, self._links.get)

    async def admit(
        self,
        token: str,
        credential: Credential,
        client: Client,
        *,
        needs: Permission = Permission.VIEW,
        visit: bool = False,
        confirm: bool = True,
    ) -> Admission:
        """Admit a caller, or raise what is wrong first, in the order of the module's docstring.

        `visit`: the password is given to open the link, as a person does: one view, each time. Elsewhere a password
        opens a view the first time that it is seen. `confirm`: look whether our record of the link is the newest;
        without it, `charge` or `confirm` must follow before anything is sent.
        """
        link = await self._find(token, self._guard.newest if confirm else self._links.get)
        link.require_active(datetime.now(UTC))
        link, proof, expires_at = await self._prove(link, credential, client, visit=visit)
        require_permission(link, needs)
        self._check_origin(link, client)
        self._tile_limiter.hit(link.id, client.address).require()
        return Admission(link=link, target=await self._target(link), proof=proof, key_expires_at=expires_at)

    async def charge(self, admission: Admission, units: Units) -> None:
        """Count what is about to be sent to an admitted caller. Raises as `confirm` does, Gone, Unavailable."""
        await self.charge_again(admission, charge_of(admission.link, units))

    async def charge_again(self, admission: Admission, charge: Charge) -> None:
        """Do as `charge` does with what `charge_of` gave for this version of the link."""
        await self._guard.send(admission.link, charge, by_key=admission.proof is Proof.KEY)

    async def confirm(self, admission: Admission) -> None:
        """Raise what has become of the link, where it was changed since the caller was admitted."""
        await self._guard.confirm(admission.link, by_key=admission.proof is Proof.KEY)

    async def confirm_again(self, admission: Admission) -> None:
        """Raise what has become of the link, where it no longer admits whoever an answer is still being sent to.

        Unlike `confirm` this lets a link be changed in ways that take nothing away.
        """
        link = await self._guard.newest(admission.link.id)
        if link is None or link.rotation != admission.link.rotation:
            raise no_such_link()
        link.require_active(datetime.now(UTC))
        if link.generation != admission.link.generation:
            raise outdated_key()
        if link.pixel_limits != admission.link.pixel_limits:
            raise Unavailable("backend_unavailable", "The link was changed just now; try again.", retry_after=1)
        await self._target(link)

    def issue_key(self, link: Link, lifetime: float, now: datetime) -> tuple[str, datetime]:
        """Return a new key of a link and its expiry: after `lifetime` seconds, or when the link expires."""
        expires_at = now + timedelta(seconds=lifetime)
        if link.expires_at is not None:
            expires_at = min(expires_at, link.expires_at)
        key = Key(link_id=link.id, generation=link.generation, scope=KeyScope.RECIPIENT, expires_at=expires_at)
        return self._keys.sign(key), expires_at

    async def _find(self, token: str, look_up: Callable[[str], Awaitable[Link | None]]) -> Link:
        claim = self._tokens.open(token)
        link = await look_up(claim.link_id) if claim else None
        if claim is None or link is None or link.rotation != claim.rotation:
            raise no_such_link()
        return link

    async def _prove(
        self, link: Link, credential: Credential, client: Client, *, visit: bool
    ) -> tuple[Link, Proof, datetime | None]:
        if credential.session is not None:
            check_is_meant(link, credential.session)
            return link, Proof.CLAIM, None
        if credential.password is not None:
            await self._check_password(link, credential.password, client, visit=visit)
            return link, Proof.PASSWORD, None
        if credential.key is not None:
            return await self._check_key(link, credential.key)
        if credential.principal is not None and await self._is_sharer(link, credential.principal):
            return link, Proof.SHARER, None
        raise Unauthenticated("password_required", "This link needs its password, or a key.")

    async def _check_password(self, link: Link, password: str, client: Client, *, visit: bool) -> None:
        async def open_view() -> None:
            await self._guard.charge(link, Units(views=1), by_key=False)

        fresh = await self._gate.pass_through(link, password, client.address, open_view)
        if visit and not fresh:
            await open_view()

    async def _check_key(self, link: Link, text: str) -> tuple[Link, Proof, datetime | None]:
        key = self._keys.open(text, datetime.now(UTC))
        if key.link_id == link.id and key.generation > link.generation:  # our record is the older one
            link = await self._links.read_again(link.id) or link
            link.require_active(datetime.now(UTC))
        if key.link_id != link.id or key.generation != link.generation:
            raise outdated_key()
        return link, Proof.KEY, key.expires_at

    async def _is_sharer(self, link: Link, principal: Principal) -> bool:
        try:
            await self._access.project_for(principal, link.project_id, Role.VIEWER)
        except TilegateError:
            return False
        return True

    def _check_origin(self, link: Link, client: Client) -> None:
        if not link.admits_origin(client.origin, self._own_origin):
            raise Forbidden("origin_not_allowed", "This link may not be used from this web site.")

    async def _target(self, link: Link) -> LinkTarget:
        is_collection = link.target_type is TargetType.COLLECTION
        target = await (self._collections if is_collection else self._items).get(link.target_id)
        if target is None or target.is_gone:
            raise Gone("target_gone", "What this link shared is no longer there.")
        return target


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
