"""Nobody reads, changes, lists or learns of what another organization has, by any operation; nor beyond their role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from service.accounts.api_keys import Scope
from service.accounts.bootstrap import Account, issue_key
from service.accounts.members import Role
from service.operations.core.operation import Effect
from service.operations.registry import OPERATIONS
from tests.api.isolation.tenants import (
    BODIES,
    FOR_RECIPIENTS,
    OF_ONESELF,
    RASTER,
    SECRET,
    Things,
    bearer,
    furnish,
    ghosts,
    second_organization,
    stale_key,
)
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from service.operations.core.operation import Operation
    from tests.conftest import Installation

pytestmark = pytest.mark.security

RATES = {f"rate_{name}": 1_000_000 for name in ("create", "read", "update", "list", "tiles", "requests")}
REFUSED = {401, 403, 404, 422}
CHANGING = {"webhook.list", "webhook.deliveries", "audit.list", "limits.get", "share.link.events", "usage.export"}
"""These tell of calls and of moments."""
SHARERS = [operation for operation in OPERATIONS.values() if operation.id not in FOR_RECIPIENTS]


@pytest.fixture
async def theirs(install: Callable[..., Awaitable[Installation]]) -> tuple[Installation, Things, str]:
    """A service whose first organization has something of everything, and the token of its link."""
    service = await install(**RATES)
    return service, *await furnish(service, service.account, service.api_key, "theirs")


async def told(response: ClientResponse, things: Things) -> tuple[int, str]:
    """Return status and body of an answer, without what differs from call to call."""
    text = things.hidden_in((await response.read()).decode(errors="replace"))
    if response.content_type == "application/problem+json":
        problem = json.loads(text)
        problem.pop("request_id")
        text = json.dumps(problem)
    return response.status, text


async def state(service: Installation, things: Things) -> list[Any]:
    """Return what the first organization has, as its owner sees it."""
    seen = []
    for operation in SHARERS:
        if operation.effect is Effect.READ and operation.id not in CHANGING:
            response = await service.post(operation.id, **BODIES[operation.id](things))
            assert response.status == 200, (operation.id, await response.text())
            if response.content_type != "application/json":
                seen.append((await response.read()).hex())
                continue
            answer = await response.json()
            seen.append({name: value for name, value in answer.items() if name != "roots"})
    return seen


def test_every_operation_is_among_these() -> None:
    """An operation that is added needs its line in `tests/api/isolation/tenants.py`."""
    assert BODIES.keys() | FOR_RECIPIENTS.keys() == OPERATIONS.keys()
    assert {operation.id for operation in OPERATIONS.values() if operation.for_recipients} == FOR_RECIPIENTS.keys()


async def keys_of(service: Installation, account: Account, whole: str) -> dict[str, str]:
    """Return a key for each scope, and one with all."""
    accounts, made = service.services.accounts.store, {"all": whole}
    for scope in Scope:
        mine = account.organization_id, account.user_id
        _, made[scope] = await accounts.create_api_key(*mine, label=scope, scopes=[scope])
    return made


async def test_another_organization_is_as_if_it_were_not_there(theirs: tuple[Installation, Things, str]) -> None:
    service, things, _ = theirs
    other, whole = await second_organization(service, "others")
    await furnish(service, other, whole, "others")
    before, nobody = await state(service, things), ghosts()
    for name, key in (await keys_of(service, other, whole)).items():
        for operation in SHARERS:
            body = BODIES[operation.id]
            answer = await told(await service.post(operation.id, bearer(key), **body(things)), things)
            if operation.id in OF_ONESELF:
                assert "theirs" not in answer[1], (operation.id, name)
                continue
            empty = await told(await service.post(operation.id, bearer(key), **body(nobody)), nobody)
            assert answer == empty, (operation.id, name)
            is_batch = operation.id in {"share.link.create_batch", "share.link.revoke_batch"}
            assert answer[0] in REFUSED or is_batch, (operation.id, name, answer)
    assert await state(service, things) == before
    assert await service.services.accounts.store.root_grants.of_project(
        await service.services.accounts.store.get_project(other.project_id)  # type: ignore[arg-type]
    ) == [
        grant
        for grant in await service.services.accounts.store.root_grants.list(other.organization_id)
        if grant.prefix == "others"
    ]


async def test_the_answer_for_what_others_have_takes_no_longer(theirs: tuple[Installation, Things, str]) -> None:
    """Than for what never was, but for a look at a project and a role; no file is opened, nothing is hashed."""
    service, things, _ = theirs
    _, key = await second_organization(service, "others")
    statements = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async def asked(operation: Operation, of: Things) -> int:
        statements.clear()
        await service.post(operation.id, bearer(key), **BODIES[operation.id](of))
        return len(statements)

    await service.post("limits.get", bearer(key))  # its first use today is noted as a sign-in
    event.listen(Engine, "before_cursor_execute", note)
    try:
        for operation in SHARERS:
            if operation.id not in OF_ONESELF:
                for _ in range(3):  # loops beside the requests have statements, too
                    apart = await asked(operation, things) - await asked(operation, ghosts())
                    if 0 <= apart <= 3:
                        break
                assert 0 <= apart <= 3, operation.id
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_link_of_ones_own_shows_nothing_of_others(theirs: tuple[Installation, Things, str]) -> None:
    service, things, token = theirs
    other, key = await second_organization(service, "others")
    _, own = await furnish(service, other, key, "others")
    before, nobody = await state(service, things), ghosts()
    for operation_id, more in FOR_RECIPIENTS.items():
        if "item" in OPERATIONS[operation_id].request.model_fields:
            mine = {"token": own, "password": PASSWORD, **more}
            seen = await told(await service.post(operation_id, {}, **mine, item=things.item), things)
            empty = await told(await service.post(operation_id, {}, **mine, item=nobody.item), nobody)
            assert seen == empty, operation_id
            assert seen[0] in {403, 404}, (operation_id, seen)
        if operation_id != "share.access.request":  # whoever holds a link may ask for access
            answer = await service.post(operation_id, bearer(key), token=token, **more)
            assert answer.status in {401, 403}, operation_id
            assert SECRET not in await answer.text()
    assert await state(service, things) == before


@pytest.mark.parametrize("scopes", [{Scope.OPERATOR}, set(Scope)], ids=["operator alone", "every scope"])
async def test_an_operator_reads_and_changes_nothing_that_an_organization_has(
    theirs: tuple[Installation, Things, str], scopes: set[Scope]
) -> None:
    """But for the organization itself, its storage roots, its budget, and what it used."""
    service, _, _ = theirs
    other, whole = await second_organization(service, "others")
    things, token = await furnish(service, other, whole, "others")
    accounts, mine = service.services.accounts.store, service.account
    _, key = await accounts.create_api_key(mine.organization_id, mine.user_id, label="operator", scopes=scopes)
    nobody, answered = ghosts(), set[str]()
    for operation in SHARERS:
        body = BODIES[operation.id]
        answer = await told(await service.post(operation.id, bearer(key), **body(things)), things)
        assert SECRET not in answer[1], operation.id
        if operation.scope is Scope.OPERATOR or operation.for_operators:
            answered.add(operation.id)
        elif operation.id not in OF_ONESELF:
            empty = await told(await service.post(operation.id, bearer(key), **body(nobody)), nobody)
            assert answer == empty, operation.id
            is_batch = operation.id in {"share.link.create_batch", "share.link.revoke_batch"}
            assert answer[0] in REFUSED or is_batch, (operation.id, answer)
    assert {name.partition(".")[0] for name in answered} <= {"budget", "organization", "root", "usage"}
    for operation_id, more in FOR_RECIPIENTS.items():
        if operation_id != "share.access.request":
            answer = await told(await service.post(operation_id, bearer(key), token=token, **more), things)
            assert answer[0] in {401, 403, 410}, (operation_id, answer)
            assert SECRET not in answer[1]


async def test_no_admin_makes_themselves_an_operator(theirs: tuple[Installation, Things, str]) -> None:
    service, _, _ = theirs
    _, key = await second_organization(service, "others")
    for scopes in (["operator"], ["admin", "operator"]):
        refused = await service.post("api_key.create", bearer(key), label="more", scopes=scopes)
        assert (refused.status, (await refused.json())["code"]) == (403, "scope_missing")
    mine = await service.ask("api_key.create", label="operator", scopes=["operator"])
    assert (await service.post("organization.list", bearer(mine["api_key"]))).status == 200
    plain = await service.ask("api_key.create", label="admin", scopes=["admin"])
    assert (await service.post("organization.list", bearer(plain["api_key"]))).status == 403


async def test_paths_of_others_cannot_be_registered(theirs: tuple[Installation, Things, str]) -> None:
    service, _, _ = theirs
    other, key = await second_organization(service, "others")
    (service.root / "others").mkdir()
    (service.root / "othersx").mkdir()
    (service.root / "others" / "link").symlink_to(service.root / "theirs")
    (service.root / "others" / "file.tif").symlink_to(service.root / "theirs" / RASTER)
    beyond = ["", ".", "theirs", "theirs/", "others/../theirs", "/theirs", "othersx", "others/link", "others/file.tif"]
    beyond += ["others\0", "others/..", "./others/../theirs", "OTHERS"]
    for path in [*beyond, *(f"{path}/{RASTER}" for path in beyond)]:
        for kind in ("raster", "file", "directory", None):
            body = {"project_id": other.project_id, "root": "files", "path": path, "kind": kind}
            assert (await service.post("item.create", bearer(key), **body)).status == 422, (path, kind)
    unknown = {"project_id": other.project_id, "root": "elsewhere", "path": "others"}
    refused = await (await service.post("item.create", bearer(key), **unknown)).json()
    assert (refused["code"], refused["field"]) == ("field_invalid", "root")
    own = {"project_id": other.project_id, "root": "files", "path": "others/"}
    assert (await service.post("item.create", bearer(key), **own)).status == 200


def needed(operation: Operation) -> Role:
    """Return the role that an operation of one's own organization takes."""
    if operation.scope in {Scope.ADMIN, Scope.OPERATOR}:  # this organization's first project is the installation's
        return Role.ADMIN
    if operation.id == "share.link.events":  # who used it
        return Role.EDITOR
    return Role.VIEWER if operation.effect is Effect.READ else Role.EDITOR


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.EDITOR, Role.ADMIN, None], ids=["viewer", "editor", "admin", "removed"]
)
async def test_a_key_does_what_its_owners_role_allows_now(
    theirs: tuple[Installation, Things, str], role: Role | None
) -> None:
    """The keys were made by admins, with every scope."""
    service, things, token = theirs
    key = await stale_key(service, role)
    before = await state(service, things)
    for operation in SHARERS:
        may = role is not None and role.covers(needed(operation))
        if may and operation.effect is not Effect.READ:
            continue
        status = (await service.post(operation.id, bearer(key), **BODIES[operation.id](things))).status
        assert status == (200 if may else 401 if role is None else 403), operation.id
    for operation_id, more in FOR_RECIPIENTS.items():
        answer = await service.post(operation_id, bearer(key), token=token, **more)
        is_refused = role is None or operation_id == "share.link.claim"  # which takes a session
        assert (answer.status == 401) is is_refused, operation_id
    assert [each for each in await state(service, things) if "requests" not in each] == [
        each for each in before if "requests" not in each
    ]


async def test_an_admin_of_another_project_of_the_organization_grants_nothing(
    theirs: tuple[Installation, Things, str],
) -> None:
    service, things, _ = theirs
    accounts, account = service.services.accounts.store, service.account
    project = await service.ask("project.create", name="Second")
    user_id = await accounts.create_user("second@example.org", "S")
    await service.ask("member.set", project_id=project["id"], email="second@example.org", role="admin")
    second = Account(organization_id=account.organization_id, project_id=project["id"], user_id=user_id)
    key = bearer(await issue_key(accounts, second, "second"))
    body = {"project_id": project["id"], "root": "files", "path": things.path}
    assert (await service.post("item.create", key, **body)).status == 422
    assert (await service.post("root.grant", key, root="*", project_id=project["id"])).status == 403
    assert (await service.post("root.revoke", key, grant_id=things.grant, force=True)).status == 403
    await service.ask("root.grant", root="files", prefix="theirs", project_id=project["id"])
    assert (await service.post("item.create", key, **body)).status == 200
