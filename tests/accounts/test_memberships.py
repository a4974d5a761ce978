"""A project keeps an admin, whoever takes whose role away at the same moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from service.accounts.bootstrap import bootstrap
from service.accounts.members import Role
from service.accounts.memberships import Memberships
from service.accounts.store import AccountStore
from service.database.engine import open_engine
from service.database.tables import members
from service.errors import Conflict
from tests.links.samples import NOW

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.bootstrap import Account
    from service.accounts.members import Project
    from service.identifiers import UserId

ROUNDS = 10


async def admins(engine: AsyncEngine, project: Project) -> set[str]:
    where = (members.c.project_id == project.id) & (members.c.role == Role.ADMIN)
    async with engine.connect() as connection:
        return set(await connection.scalars(select(members.c.user_id).where(where)))


async def two_admins(store: AccountStore, account: Account) -> tuple[Project, UserId]:
    project = await store.get_project(account.project_id)
    assert project is not None
    return project, await store.create_user("second@example.org", "Second")


@pytest.mark.parametrize("way", ["remove", "demote"])
async def test_two_admins_who_end_each_other_at_once_leave_one(engine: AsyncEngine, sql_url: str, way: str) -> None:
    """From two processes, as it were: each has an engine of its own."""
    store = AccountStore(engine)
    account = await bootstrap(store, organization="O", project="P", email="first@example.org", name="First")
    project, second = await two_admins(store, account)
    async with open_engine(sql_url) as other:
        here, there = Memberships(engine), Memberships(other)

        async def end(memberships: Memberships, user: UserId) -> None:
            if way == "remove":
                await memberships.remove(project, user, NOW)
            else:
                await memberships.set(project.id, user, Role.VIEWER)

        for _ in range(ROUNDS):
            for user in (account.user_id, second):
                await here.set(project.id, user, Role.ADMIN)
            done = await asyncio.gather(end(here, second), end(there, account.user_id), return_exceptions=True)
            refused = [error for error in done if error is not None]
            assert [type(error) for error in refused] == [Conflict], done
            assert {error.code for error in refused if isinstance(error, Conflict)} == {"last_admin"}
            assert len(await admins(engine, project)) == 1


async def test_the_last_admin_stays(engine: AsyncEngine) -> None:
    store = AccountStore(engine)
    account = await bootstrap(store, organization="O", project="P", email="first@example.org", name="First")
    project, second = await two_admins(store, account)
    memberships = Memberships(engine)
    await memberships.set(project.id, second, Role.EDITOR)
    for end in (
        memberships.remove(project, account.user_id, NOW),
        memberships.set(project.id, account.user_id, Role.EDITOR),
    ):
        with pytest.raises(Conflict, match="last admin"):
            await end
    assert await memberships.remove(project, second, NOW)
    assert await admins(engine, project) == {account.user_id}
