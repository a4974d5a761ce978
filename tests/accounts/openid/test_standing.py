"""From who somebody is to the provider to the member that they are here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from service.accounts.bootstrap import Account, bootstrap
from service.accounts.members import Role
from service.accounts.openid.id_token import Identity
from service.accounts.openid.identities import Binding, Identities, new_binding
from service.accounts.openid.standing import Rules, Standing
from service.accounts.people import People
from service.accounts.store import AccountStore
from service.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

ISSUER = "https://id.example.org"


class House:
    """An organization with an admin, and whom it lets in."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.store, self.people, self.identities = AccountStore(engine), People(engine), Identities(engine)

    async def found(self, name: str, email: str) -> Account:
        return await bootstrap(self.store, organization=name, project="P", email=email, name="")

    def standing(self, **rules: Any) -> Standing:
        return Standing(self.store, self.people, self.identities, Rules(**rules))


@pytest.fixture
def house(engine: AsyncEngine) -> House:
    return House(engine)


def person(subject: str = "u-1", email: str | None = "ann@example.org", **fields: Any) -> Identity:
    return Identity(**{"issuer": ISSUER, "subject": subject, "email": email, "is_confirmed": True, **fields})


def named(found: list[Binding]) -> list[tuple[str, str]]:
    return [(one.user_id, one.organization_id) for one in found]


def who(*accounts: Account) -> list[tuple[str, str]]:
    return [(one.user_id, one.organization_id) for one in accounts]


async def test_a_member_is_known_by_their_confirmed_address_and_then_by_their_subject(house: House) -> None:
    north, south = await house.found("North", "ann@example.org"), await house.found("South", "ann@example.org")
    mine = await house.standing().members_of(person())
    assert named(mine) == who(north, south)
    assert await house.standing().members_of(person(email="new@example.org")) == mine
    assert await house.standing().members_of(person(email=None, is_confirmed=None)) == mine
    assert [bound.by_admin for bound in await house.identities.of_subject(ISSUER, "u-1")] == [False, False]


@pytest.mark.security
async def test_who_gets_a_members_address_later_does_not_become_that_member(house: House) -> None:
    await house.found("North", "ann@example.org")
    await house.standing().members_of(person("u-1"))
    with pytest.raises(Forbidden, match="sign in as somebody else"):
        await house.standing().members_of(person("u-2"))
    with pytest.raises(Forbidden):
        await house.standing().members_of(person("u-1", "x@example.org", issuer="https://other.example.org"))


@pytest.mark.security
@pytest.mark.parametrize(
    ("identity", "rules"),
    [
        (person(is_confirmed=False), {}),
        (person(is_confirmed=None), {}),
        (person(is_confirmed=False), {"trusts_emails": True}),
        (person(email="stranger@example.org"), {}),
        (person(email=None), {}),
        (person(), {"domains": ("example.com",)}),
        (person(), {"domains": ("org", "ample.org", "sub.example.org")}),
    ],
)
async def test_others_are_strangers(house: House, identity: Identity, rules: dict[str, Any]) -> None:
    await house.found("North", "ann@example.org")
    with pytest.raises(Forbidden) as caught:
        await house.standing(**rules).members_of(identity)
    assert caught.value.code == "no_member"
    assert await house.identities.of_subject(ISSUER, identity.subject) == []


@pytest.mark.parametrize(
    ("identity", "rules"),
    [
        (person(is_confirmed=None), {"trusts_emails": True}),
        (person(), {"domains": ("example.com", "example.org")}),
    ],
)
async def test_an_operator_says_which_addresses_count(house: House, identity: Identity, rules: dict[str, Any]) -> None:
    north = await house.found("North", "ann@example.org")
    found = await house.standing(**rules).members_of(identity)
    assert named(found) == who(north)


@pytest.mark.security
async def test_what_an_admin_says_holds_in_their_organization_alone(house: House) -> None:
    north, south = await house.found("North", "ann@example.org"), await house.found("South", "ann@example.org")
    claimed = new_binding(north.organization_id, north.user_id, ISSUER, "evil", by_admin=True)
    await house.identities.add(claimed)
    found = await house.standing().members_of(person("evil", None))
    assert named(found) == who(north)
    found = await house.standing().members_of(person("u-1"))
    assert named(found) == who(south)


async def test_one_subject_is_one_member_of_an_organization(house: House) -> None:
    north = await house.found("North", "ann@example.org")
    other = await house.store.create_user("bob@example.org", "Bob")
    await house.identities.add(new_binding(north.organization_id, north.user_id, ISSUER, "u-1", by_admin=True))
    for user_id, subject in ((north.user_id, "u-2"), (other, "u-1")):
        with pytest.raises(Conflict):
            await house.identities.add(new_binding(north.organization_id, user_id, ISSUER, subject, by_admin=True))
    assert await house.identities.remove(north.organization_id, ISSUER, north.user_id)
    assert not await house.identities.remove(north.organization_id, ISSUER, north.user_id)


async def test_who_has_an_address_of_the_domain_joins_as_no_admin(house: House) -> None:
    north = await house.found("North", "ann@example.org")
    rules = {"domains": ("example.org",), "join_project": north.project_id, "join_role": Role.VIEWER}
    joined = (await house.standing(**rules).members_of(person("u-9", "new@example.org", name="New")))[0]
    assert joined.organization_id == north.organization_id
    assert await house.store.role_of(joined.user_id, north.project_id) is Role.VIEWER
    assert await house.standing(**rules).members_of(person("u-9", "new@example.org")) == [joined]
    for stranger in (person("u-8", "new@example.com"), person("u-7", "x@example.org", is_confirmed=False)):
        with pytest.raises(Forbidden):
            await house.standing(**rules).members_of(stranger)


@pytest.mark.security
async def test_who_was_removed_does_not_join_again(house: House) -> None:
    north = await house.found("North", "ann@example.org")
    rules = {"domains": ("example.org",), "join_project": north.project_id, "join_role": Role.EDITOR}
    joined = (await house.standing(**rules).members_of(person("u-9", "new@example.org")))[0]
    project = await house.store.get_project(north.project_id)
    assert project is not None
    await house.store.memberships.remove(project, joined.user_id, datetime.now(UTC))
    for subject in ("u-9", "u-10"):
        with pytest.raises(Forbidden):
            await house.standing(**rules).members_of(person(subject, "new@example.org"))
    await house.store.set_member(north.project_id, joined.user_id, Role.EDITOR)
    assert await house.standing(**rules).members_of(person("u-9", "new@example.org")) == [joined]


@pytest.mark.security
async def test_joining_does_not_change_what_a_member_may_do(house: House) -> None:
    """Neither an admin who is bound to somebody else is taken over, nor is their role another one after."""
    north = await house.found("North", "ann@example.org")
    rules = {"domains": ("example.org",), "join_project": north.project_id, "join_role": Role.VIEWER}
    await house.standing(**rules).members_of(person("u-1"))
    assert await house.store.role_of(north.user_id, north.project_id) is Role.ADMIN
    with pytest.raises(Forbidden):
        await house.standing(**rules).members_of(person("u-2"))
