"""The audit log: what it has of a change, whose it is, and that nobody changes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, MetaData, String, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from service.accounts.members import Role
from service.accounts.store import AccountStore
from service.database.audit.entry import Entry, entry_of
from service.database.audit.log import AuditLog, Wanted
from service.database.audit.recording import record_changes
from service.database.audit.scope import Actor, ActorType, Scope, auditing
from service.database.tables import audit_log, links, organizations, users
from service.links.store import LinkStore
from tests.links.samples import store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SOMEBODY = Actor(type=ActorType.USER, id="usr_1", api_key_id="key_1", organization_id="org_1", client="192.0.2.0/24")
DAYS = 30


@pytest.fixture
def audited(engine: AsyncEngine) -> AsyncEngine:
    record_changes(engine, DAYS)
    return engine


async def rows(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(select(audit_log).order_by(audit_log.c.at, audit_log.c.id)))


async def row(days_ago: float, engine: AsyncEngine, keep: int = DAYS) -> str:
    """Write a row as it would have been written some days ago; return its id."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    values = {"id": f"aud_{days_ago}", "at": at, "keep_until": at + timedelta(days=keep), "organization_id": "org_1"}
    values |= {"operation": "x", "actor_type": "user", "actor_id": "usr_1", "client": "", "target_type": "link"}
    async with engine.begin() as connection:
        await connection.execute(insert(audit_log).values(values | {"target_id": "lnk_1"}))
    return str(values["id"])


async def test_a_change_is_recorded_with_its_fields_before_and_after(audited: AsyncEngine) -> None:
    link = await store_link(audited)
    before = len(await rows(audited))
    with auditing(SOMEBODY, "share.link.update") as scope:
        await LinkStore(audited).save(replace(link, name="Other", password_hash="$2b$other", max_views=3))
    [noted] = (await rows(audited))[before:]
    assert (noted.operation, noted.actor_type, noted.actor_id, noted.api_key_id, noted.client) == (
        "share.link.update", "user", "usr_1", "key_1", "192.0.2.0/24",
    )  # fmt: skip
    assert (noted.target_type, noted.target_id, noted.organization_id) == ("link", link.id, link.organization_id)
    assert noted.before == {"name": link.name, "max_views": None, "password_hash": "set"}
    assert noted.after == {"name": "Other", "max_views": 3, "password_hash": "changed"}
    assert scope.rows == 1


async def test_what_is_made_is_recorded_without_secrets(audited: AsyncEngine) -> None:
    store = AccountStore(audited)
    organization = await store.create_organization("O")
    user = await store.create_user("a@example.org", "A")
    key, secret = await store.create_api_key(organization, user, label="K", scopes=[])
    noted = (await rows(audited))[-1]
    assert (noted.target_type, noted.target_id, noted.before) == ("api_key", key.id, None)
    assert noted.after["label"] == "K"
    assert noted.after["secret_sha256"] == "set"
    written = str(await rows(audited))
    assert key.secret_sha256 not in written
    assert secret not in written


async def test_what_is_taken_away_is_recorded_as_it_was(audited: AsyncEngine) -> None:
    store = AccountStore(audited)
    organization = await store.create_organization("O")
    project, user = await store.create_project(organization, "P"), await store.create_user("a@example.org", "A")
    other = await store.create_user("b@example.org", "B")
    await store.set_member(project, user, Role.ADMIN)
    await store.set_member(project, other, Role.VIEWER)
    await store.set_member(project, other, Role.EDITOR)
    changed = (await rows(audited))[-1]
    assert (changed.before, changed.after) == ({"role": "viewer"}, {"role": "editor"})
    found = await store.get_project(project)
    assert found is not None
    await store.memberships.remove(found, other, datetime.now(UTC))
    removed = [each for each in await rows(audited) if each.target_type == "member"][-1]
    assert (removed.target_id, removed.organization_id) == (f"{project}/{other}", organization)
    assert (removed.before, removed.after) == ({"project_id": project, "user_id": other, "role": "editor"}, None)
    assert len(await AuditLog(audited, DAYS).list(organization, Wanted(target_id=project), before=None, limit=9)) == 5


async def test_what_stays_as_it_is_is_not_recorded(audited: AsyncEngine) -> None:
    store = AccountStore(audited)
    await store.create_user("a@example.org", "A")
    before = len(await rows(audited))
    await store.create_user("a@example.org", "A")
    async with audited.begin() as connection:
        await connection.execute(update(users).values(name="A"))
        await connection.execute(update(users).where(users.c.id == "usr_nobody").values(name="B"))
    assert len(await rows(audited)) == before


async def test_what_is_rolled_back_leaves_nothing(audited: AsyncEngine) -> None:
    async with audited.connect() as connection:
        await connection.execute(insert(organizations).values(id="org_1", name="O", created_at=datetime.now(UTC)))
        await connection.rollback()
    assert await rows(audited) == []


async def test_many_rows_of_a_statement_are_recorded_each(audited: AsyncEngine) -> None:
    made = [{"id": f"org_{n}", "name": "O", "created_at": datetime.now(UTC)} for n in range(700)]
    async with audited.begin() as connection:
        await connection.execute(insert(organizations), made)
        people = [each | {"id": f"usr_{each['id']}", "email": each["id"]} for each in made[:3]]
        await connection.execute(insert(users).values(people))
        await connection.execute(update(organizations).values(name="P"))
        await connection.execute(delete(organizations).where(organizations.c.id.in_(["org_1", "org_2"])))
    kinds = [(each.target_type, each.before is None, each.after is None) for each in await rows(audited)]
    assert kinds.count(("organization", True, False)) == 700
    assert kinds.count(("user", True, False)) == 3
    assert kinds.count(("organization", False, False)) == 700
    assert kinds.count(("organization", False, True)) == 2


async def test_each_of_two_changes_at_once_records_what_was_before_it(audited: AsyncEngine) -> None:
    async with audited.begin() as connection:
        await connection.execute(insert(organizations).values(id="org_1", name="0", created_at=datetime.now(UTC)))

    async def rename(name: str) -> None:
        async with audited.begin() as connection:
            await connection.execute(update(organizations).values(name=name))

    await asyncio.gather(*(rename(str(n)) for n in range(1, 9)))
    changes = [(each.before["name"], each.after["name"]) for each in await rows(audited) if each.before]
    assert len(changes) == 8
    steps, name = dict(changes), "0"
    for _ in changes:
        name = steps.pop(name)
    assert not steps


async def test_a_row_cannot_be_changed_and_not_removed_before_its_time(engine: AsyncEngine) -> None:
    young, old = await row(1, engine), await row(DAYS + 1, engine)
    for statement in (
        update(audit_log).where(audit_log.c.id == old).values(actor_id="usr_2"),
        update(audit_log).where(audit_log.c.id == old).values(keep_until=datetime.now(UTC)),
        delete(audit_log).where(audit_log.c.id == young),
        delete(audit_log),
        *([text("TRUNCATE audit_log")] if engine.dialect.name == "postgresql" else []),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(statement)
    assert {each.id for each in await rows(engine)} == {young, old}


async def test_what_was_kept_long_enough_is_swept(engine: AsyncEngine) -> None:
    kept = {await row(1, engine), await row(DAYS - 1, engine), await row(2, engine, keep=1)}
    await row(DAYS + 1, engine)
    assert await AuditLog(engine, DAYS).sweep() == 1
    assert {each.id for each in await rows(engine)} == kept
    assert await AuditLog(engine, 1).sweep() == 1  # the others were promised to be kept for longer


async def test_a_sign_in_is_noted_once_a_day_for_each_key_and_network(engine: AsyncEngine) -> None:
    now = [datetime(2026, 1, 1, 12, tzinfo=UTC)]
    workers = [AuditLog(engine, DAYS, lambda: now[0]) for _ in range(2)]
    for actor in (SOMEBODY, SOMEBODY, replace(SOMEBODY, client="198.51.100.0/24"), replace(SOMEBODY, api_key_id=None)):
        await asyncio.gather(*(log.note_sign_in(actor) for log in workers))
    assert len(await rows(engine)) == 3
    now[0] += timedelta(days=1)
    await workers[0].note_sign_in(SOMEBODY)
    assert len(await rows(engine)) == 4
    assert {each.operation for each in await rows(engine)} == {"sign_in"}


async def test_the_log_is_listed_by_actor_target_operation_and_time(engine: AsyncEngine) -> None:
    log, made = AuditLog(engine, DAYS), []
    for n in range(6):
        actor = replace(SOMEBODY, id=f"usr_{n % 2}")
        entry = Entry(target_type="link", target_id=f"lnk_{n % 3}" + ("/part" if n > 2 else ""))
        await log.note(Scope(actor=actor, operation=f"op.{n % 2}"), entry)
        made.append((await log.list("org_1", Wanted(), before=None, limit=1))[0])
    await log.note(Scope(actor=replace(SOMEBODY, organization_id="org_2"), operation="op"), made and entry)

    async def found(before: Any = None, limit: int = 99, **wanted: Any) -> list[int]:
        listed = await log.list("org_1", Wanted(**wanted), before=before, limit=limit)
        return [made.index(each) for each in listed]

    assert await found() == [5, 4, 3, 2, 1, 0]
    assert await found(actor_id="usr_1") == [5, 3, 1]
    assert await found(target_id="lnk_1") == [4, 1]
    assert await found(target_id="lnk_") == []
    assert await found(operation="op.0", target_id="lnk_0") == [0]
    assert await found(since=made[2].at, until=made[4].at) == [3, 2]
    assert await found(limit=2, before=(made[4].at, made[4].id)) == [3, 2]


def test_a_value_that_is_too_long_is_not_kept_twice() -> None:
    before = {column.name: None for column in links.columns} | {"id": "lnk_1", "area": {"a": "x" * 20_000}}
    noted = entry_of(links, before, before | {"area": {"a": "y" * 20_000}})
    assert noted is not None
    assert (noted.before, noted.after) == ({"area": "set"}, {"area": "changed"})


@pytest.mark.parametrize("name", ["signing_secret", "new_password", "token", "body_digest", "key"])
def test_a_column_that_sounds_secret_is_hidden_without_being_declared(name: str) -> None:
    table = Table("things", MetaData(), Column("id", String, primary_key=True), Column(name, String))
    noted = entry_of(table, None, {"id": "x", name: "canary"})
    assert noted is not None
    assert noted.after == {"id": "x", name: "set"}
