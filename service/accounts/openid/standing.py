"""From who somebody is to the provider to the member that they are here. Fails closed: nobody is let in by a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.accounts.openid.identities import new_binding
from service.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from service.accounts.members import Project, Role
    from service.accounts.openid.id_token import Identity
    from service.accounts.openid.identities import Binding, Identities
    from service.accounts.people import People, Person
    from service.accounts.store import AccountStore
    from service.identifiers import OrganizationId, ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Whom an operator lets in."""

    domains: tuple[str, ...] = ()
    """Of addresses by which members are known; empty: any."""
    trusts_emails: bool = False
    """Whether an address is believed of which the provider does not say whether it is confirmed."""
    join_project: ProjectId | None = None
    """Where who has such an address becomes a member by signing in; None: an admin adds each."""
    join_role: Role | None = None

    def address_of(self, identity: Identity) -> str | None:
        """Return the address by which somebody may be known, or None."""
        is_theirs = identity.is_confirmed or (identity.is_confirmed is None and self.trusts_emails)
        if identity.email is None or not is_theirs:
            return None
        is_in = not self.domains or identity.email.rpartition("@")[2].lower() in self.domains
        return identity.email if is_in else None


class Standing:
    """Finds members by identities, and remembers who they were: the subject counts from then on, and no address.

    An address is given to somebody else when its owner leaves; a subject never is (OpenID Connect Core 1.0, 5.7).
    """

    def __init__(self, store: AccountStore, people: People, identities: Identities, rules: Rules) -> None:
        self._store = store
        self._people = people
        self._identities = identities
        self._rules = rules

    async def members_of(self, identity: Identity) -> list[Binding]:
        """Return as whom somebody may act, the organization of the oldest project first. Raises Forbidden."""
        known = await self._identities.of_subject(identity.issuer, identity.subject)
        found = [bound for bound in known if bound.organization_id in await self._people.standing(bound.user_id)]
        email = self._rules.address_of(identity)
        person = None if email is None else await self._people.by_email(email)
        if person is not None:
            found += await self._by_address(identity, person, known)
        if not found and email is not None:
            found += await self._joined(identity, email, known)
        if not found:
            raise _stranger(identity, email)
        return await self._in_order(found)

    async def _by_address(self, identity: Identity, person: Person, known: list[Binding]) -> list[Binding]:
        """Bind somebody to the member whose address they have, wherever neither of both is bound yet."""
        elsewhere = {bound.organization_id for bound in known}
        elsewhere |= {bound.organization_id for bound in await self._identities.of_user(identity.issuer, person.id)}
        open_to = [
            organization for organization in await self._people.standing(person.id) if organization not in elsewhere
        ]
        bound = [await self._bind(identity, organization, person.id) for organization in open_to]
        return [binding for binding in bound if binding is not None]

    async def _joined(self, identity: Identity, email: str, known: list[Binding]) -> list[Binding]:
        """Make somebody a member where an operator says so. Who was one and was removed does not come back by this."""
        project = await self._join_project()
        if project is None or self._rules.join_role is None:
            return []
        if any(bound.organization_id == project.organization_id for bound in known):
            return []
        user_id = await self._store.create_user(email, identity.name or email)
        if await self._store.memberships.highest_role(user_id, project.organization_id) is not None:
            return []  # a member whose address this is, and who signs in as somebody else
        binding = await self._bind(identity, project.organization_id, user_id)
        if binding is None:
            return []
        await self._store.memberships.set(project.id, user_id, self._rules.join_role)
        return [binding]

    async def _join_project(self) -> Project | None:
        wanted = self._rules.join_project
        return None if wanted is None else await self._store.get_project(wanted)

    async def _bind(self, identity: Identity, organization_id: OrganizationId, user_id: UserId) -> Binding | None:
        """Return that somebody is this member from now on; None where another one was quicker."""
        binding = new_binding(organization_id, user_id, identity.issuer, identity.subject, by_admin=False)
        try:
            await self._identities.add(binding)
        except Conflict:
            again = await self._identities.of_subject(identity.issuer, identity.subject)
            same = (organization_id, user_id)
            return next((bound for bound in again if (bound.organization_id, bound.user_id) == same), None)
        return binding

    async def _in_order(self, found: list[Binding]) -> list[Binding]:
        """Return members by the age of their organizations' projects."""
        order = [organization for member in found for organization in await self._people.standing(member.user_id)]
        return sorted(found, key=lambda member: order.index(member.organization_id))


def _stranger(identity: Identity, email: str | None) -> Forbidden:
    """Return the error for somebody who is known to the provider and not here."""
    if email is None and identity.email is not None:
        why = "the provider does not confirm that address, or it is of a domain that is not let in here"
    else:
        why = "no member here has that address, or they sign in as somebody else"
    detail = f"You signed in as {identity.shown}, and are no member of anything here: {why}. An admin can add you."
    return Forbidden("no_member", detail)
