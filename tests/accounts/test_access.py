"""Who is let in, and what they may do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import StatementError

from service.accounts.access import Access, Principal
from service.accounts.api_keys import ALL_SCOPES, Scope, mint
from service.accounts.bootstrap import bootstrap, find_account, issue_key
from service.accounts.members import Role
from service.accounts.store import AccountStore
from service.database.engine import migrate, open_engine
from service.errors import Forbidden, NotFound, TilegateError, Unauthenticated
from service.identifiers import OrganizationId, ProjectId, UserId, new_id
from tests.links.samples import store_account

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.bootstrap import Account


@pytest.fixture
def store(engine: AsyncEngine) -> AccountStore:
    return AccountStore(engine)


@pytest.fixture
def access(store: AccountStore) -> Access:
    return Access(store)


@pytest.fixture
async def account(engine: AsyncEngine) -> Account:
    return await store_account(engine)


def principal(account: Account, *scopes: Scope) -> Principal:
    return Principal(
        user_id=account.user_id, organization_id=account.organization_id, scopes=frozenset(scopes or ALL_SCOPES)
    )


async def why_not(access: Access, caller: Principal, project_id: ProjectId, needed: Role) -> str | None:
    try:
        await access.project_for(caller, project_id, needed)
    except TilegateError as error:
        return error.code
    return None


async def test_a_key_says_whose_it_is(access: Access, store: AccountStore, account: Account) -> None:
    _, text = await store.create_api_key(
        account.organization_id, account.user_id, label="x", scopes=[Scope.SHARES_READ, Scope.USAGE_READ]
    )
    known = await access.authenticate(text)
    assert known.api_key_id == f"key_{text[3:23]}"
    assert replace(known, api_key_id=None) == principal(account, Scope.SHARES_READ, Scope.USAGE_READ)


async def test_a_wrong_expired_or_revoked_key_is_refused_alike(
    access: Access, store: AccountStore, account: Account
) -> None:
    now = datetime.now(UTC)
    mine = account.organization_id, account.user_id
    key, text = await store.create_api_key(*mine, label="x", scopes=ALL_SCOPES)
    _, expired = await store.create_api_key(*mine, label="x", scopes=ALL_SCOPES, expires_at=now)
    revoked, revoked_text = await store.create_api_key(*mine, label="x", scopes=ALL_SCOPES)
    await access.authenticate(revoked_text)
    await store.revoke_api_key(revoked.id, now)
    another_secret = f"{text[:24]}{mint()[1][24:]}"
    told = set()
    for bearer in (expired, revoked_text, another_secret, mint()[1], text[:-1], "", "x" * 100_000, text + "\0"):
        with pytest.raises(Unauthenticated) as refused:
            await access.authenticate(bearer)
        told.add((refused.value.code, refused.value.detail))
    assert len(told) == 1
    assert (await access.authenticate(text)).user_id == key.user_id


async def test_revoking_again_keeps_the_first_time(store: AccountStore, account: Account) -> None:
    now = datetime.now(UTC)
    key, _ = await store.create_api_key(account.organization_id, account.user_id, label="x", scopes=ALL_SCOPES)
    await store.revoke_api_key(key.id, now)
    await store.revoke_api_key(key.id, now + timedelta(days=1))
    found = await store.get_api_key(key.id)
    assert found is not None
    assert found.revoked_at == now


def bytes_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_no_secret_is_in_the_database(tmp_path: Path) -> None:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}") as engine:
        await migrate(engine)
        store = AccountStore(engine)
        account = await bootstrap(store, organization="O", project="P", email="a@example.org", name="A")
        texts = [await issue_key(store, account, "visible label") for _ in range(3)]
        stored = bytes_under(tmp_path)
    assert b"visible label" in stored
    for text in texts:
        secret = text[24:]
        assert secret.encode() not in stored
        assert secret[:12].encode() not in stored


async def test_a_naive_expiry_is_refused(store: AccountStore, account: Account) -> None:
    with pytest.raises(StatementError):
        await store.create_api_key(
            account.organization_id,
            account.user_id,
            label="x",
            scopes=ALL_SCOPES,
            expires_at=datetime(2030, 1, 1),  # noqa: DTZ001
        )


async def test_a_role_covers_itself_and_the_lesser_ones(access: Access, store: AccountStore, account: Account) -> None:
    order = [Role.VIEWER, Role.EDITOR, Role.ADMIN]
    for role, needed in product(order, order):
        await store.set_member(account.project_id, account.user_id, role)
        expected = None if order.index(role) >= order.index(needed) else "not_project_editor"
        assert await why_not(access, principal(account), account.project_id, needed) == expected, (role, needed)


async def test_a_project_that_is_not_mine_is_told_as_one_that_is_not_there(
    engine: AsyncEngine, access: Access, store: AccountStore, account: Account
) -> None:
    other = await store_account(engine, "Other")
    hidden = await store.create_project(account.organization_id, "No member")
    told = set()
    for project_id in (other.project_id, hidden, ProjectId(new_id("prj")), ProjectId("")):
        with pytest.raises(NotFound) as missing:
            await access.project_for(principal(account), project_id, Role.VIEWER)
        told.add((missing.value.code, missing.value.detail))
    assert len(told) == 1


async def test_a_key_of_one_organization_opens_no_project_of_another(
    engine: AsyncEngine, access: Access, store: AccountStore, account: Account
) -> None:
    """Also where its user is a member there."""
    other = await store_account(engine, "Other")
    await store.set_member(other.project_id, account.user_id, Role.ADMIN)
    assert await why_not(access, principal(account), other.project_id, Role.VIEWER) == "project_not_found"
    with pytest.raises(NotFound):
        access.require_organization(principal(account), other.organization_id)
    access.require_organization(principal(account), account.organization_id)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_holds_itself_and_admin_holds_all_of_an_organization(scope: Scope) -> None:
    def holds(*scopes: Scope) -> bool:
        caller = Principal(user_id="u", organization_id="o", scopes=frozenset(scopes))  # type: ignore[arg-type]
        try:
            caller.require(scope)
        except Forbidden:
            return False
        return True

    assert holds(scope)
    assert holds(Scope.ADMIN) is (scope is not Scope.OPERATOR)
    assert not holds()
    assert holds(*(ALL_SCOPES - {scope, Scope.ADMIN})) is False


async def test_operators_are_the_admins_of_the_first_project_by_keys_that_say_so(
    engine: AsyncEngine, access: Access, store: AccountStore, account: Account
) -> None:
    other = await store_account(engine, "Other")
    helper = await store.create_user("helper@example.org", "H")

    async def is_operator(user_id: UserId, organization_id: OrganizationId, *scopes: Scope) -> bool:
        _, text = await store.create_api_key(organization_id, user_id, label="x", scopes=scopes or ALL_SCOPES)
        return Scope.OPERATOR in (await access.authenticate(text)).scopes

    assert await is_operator(account.user_id, account.organization_id)
    assert await is_operator(account.user_id, account.organization_id, Scope.OPERATOR)
    assert not await is_operator(account.user_id, account.organization_id, Scope.ADMIN)
    assert not await is_operator(other.user_id, other.organization_id)
    await store.set_member(other.project_id, account.user_id, Role.ADMIN)
    assert not await is_operator(account.user_id, other.organization_id)
    second = await store.create_project(account.organization_id, "Second")
    await store.set_member(second, helper, Role.ADMIN)
    await store.set_member(account.project_id, helper, Role.EDITOR)
    assert not await is_operator(helper, account.organization_id)
    await store.set_member(account.project_id, helper, Role.ADMIN)
    assert await is_operator(helper, account.organization_id)


async def test_members_have_one_role_and_are_listed(store: AccountStore, account: Account) -> None:
    for role in (Role.VIEWER, Role.ADMIN, Role.EDITOR):
        await store.set_member(account.project_id, account.user_id, role)
    second = await store.create_user("B@Example.org", "B")
    await store.set_member(account.project_id, second, Role.VIEWER)
    assert await store.members_of(account.project_id) == [
        (account.user_id, "a@org.example", Role.EDITOR),
        (second, "b@example.org", Role.VIEWER),
    ]


async def test_a_user_is_one_in_any_case_of_the_address(store: AccountStore) -> None:
    assert await store.create_user("A@Example.ORG", "A") == await store.create_user("a@example.org", "B")


async def test_the_same_user_and_member_added_at_once_are_added_once(store: AccountStore, account: Account) -> None:
    users = await asyncio.gather(*(store.create_user("new@example.org", "N") for _ in range(10)))
    assert len(set(users)) == 1
    await asyncio.gather(*(store.set_member(account.project_id, users[0], Role.EDITOR) for _ in range(10)))
    assert len(await store.members_of(account.project_id)) == 2


async def test_only_the_projects_of_the_user_and_organization_are_listed(
    engine: AsyncEngine, store: AccountStore, account: Account
) -> None:
    other = await store_account(engine, "Other")
    await store.set_member(other.project_id, account.user_id, Role.ADMIN)
    second = await store.create_project(account.organization_id, "Second")
    await store.create_project(account.organization_id, "No member")
    await store.set_member(second, account.user_id, Role.VIEWER)
    found = await store.projects_of(account.user_id, account.organization_id)
    assert [project.id for project in found] == [account.project_id, second]


async def test_the_first_account_is_found_again(engine: AsyncEngine, store: AccountStore) -> None:
    assert await find_account(store) is None
    first = await store_account(engine, "First")
    await store_account(engine, "Second")
    assert await find_account(store) == first
