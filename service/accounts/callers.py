"""Who calls: the owner of an API key, or somebody who signed in elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.accounts.access import Principal
from service.accounts.api_keys import PREFIX
from service.accounts.scopes import scopes_of
from service.errors import NotFound, Unauthenticated
from service.identifiers import OrganizationId

if TYPE_CHECKING:
    from service.accounts.access import Access
    from service.accounts.browser.browser_sessions import SignedIn
    from service.accounts.openid.identities import Identities
    from service.accounts.people import People
    from service.accounts.sessions import Session, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a bearer."""

    principal: Principal | None
    """A user of this installation, with what they may do; None for one who only signed in."""
    session: Session | None
    """What the session token says, where it was one."""


class Callers:
    """Knows callers by their bearers; fails closed."""

    def __init__(self, access: Access, people: People, sessions: Sessions | None, identities: Identities) -> None:
        """`sessions`: None where the operator has not said whose session tokens count."""
        self._access = access
        self._people = people
        self._sessions = sessions
        self._identities = identities

    async def identify(self, bearer: str, organization_id: str | None) -> Caller:
        """Return who sent a bearer.

        `organization_id`: as whose member a user who signed in acts; None: of the one whose project is the oldest.
        Raises Unauthenticated, Unavailable, NotFound `organization_not_found`.
        """
        if bearer.startswith(PREFIX) or bearer.count(".") != 2:  # noqa: PLR2004  (RFC 7515: three parts)
            return Caller(principal=await self._access.authenticate(bearer), session=None)
        if self._sessions is None:
            raise Unauthenticated(
                "unauthenticated", "This service does not accept session tokens; send an API key (tg_…)."
            )
        session = self._sessions.open(bearer)
        return Caller(principal=await self._principal(session, organization_id), session=session)

    async def signed_in(self, signed_in: SignedIn) -> Caller:
        """Return who signed in to the page. Raises Unauthenticated."""
        if signed_in.api_key_id is not None:
            return Caller(principal=await self._access.owner_of(signed_in.api_key_id), session=None)
        binding = None if signed_in.identity_id is None else await self._identities.get(signed_in.identity_id)
        if binding is None:
            raise Unauthenticated("unauthenticated", "You are nobody's member here any more; sign in again.")
        member = await self._access.member(binding.user_id, binding.organization_id)
        return Caller(principal=member, session=None)

    async def _principal(self, session: Session, organization_id: str | None) -> Principal | None:
        person = None if session.email is None else await self._people.by_email(session.email)
        standing = {} if person is None else await self._people.standing(person.id)
        if person is None or not standing:
            return None
        chosen = next(iter(standing)) if organization_id is None else OrganizationId(organization_id)
        if chosen not in standing:
            raise NotFound("organization_not_found", "There is no such organization, or you do not belong to it.")
        scopes = scopes_of(standing[chosen], session.scopes)
        scopes |= await self._access.installation_scopes(person.id, chosen, session.scopes)
        return Principal(user_id=person.id, organization_id=chosen, scopes=scopes)
