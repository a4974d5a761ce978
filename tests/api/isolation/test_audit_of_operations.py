"""Every operation that changes or exports something leaves a row in the audit log, or changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from service.database.tables import audit_log, metadata
from service.database.tables.columns import AUDIT, Audited
from service.operations.core.operation import Effect
from service.operations.registry import OPERATIONS
from tests.api.isolation.tenants import BODIES, FOR_RECIPIENTS, Things, furnish
from tests.conftest import PASSWORD
from tests.operations.people import session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.operations.core.operation import Operation
    from tests.conftest import Installation

pytestmark = pytest.mark.security

RATES = {f"rate_{name}": 1_000_000 for name in ("create", "read", "update", "list", "tiles", "requests")}
LAST = [
    "webhook.delete",
    "share.link.rotate",
    "share.key.revoke",
    "share.link.revoke",
    "share.link.revoke_batch",
    "collection.delete",
]
LAST += ["item.delete", "root.revoke", "member.remove", "api_key.revoke"]
"""These end what others need: each is asked after all that come before it."""
ANOTHER = {"share.link.revoke_batch"}
"""These are asked about a second link: the first has ended then."""
RECORDED = [
    operation
    for operation in OPERATIONS.values()
    if operation.effect is not Effect.READ or operation.exports is not None
]
AFTER_ANOTHER = {"member.identity.remove": 404}
"""What these answer where the operation whose work they undo has done nothing."""
CSV = {"audit.list": {"format": "csv"}}
"""What makes an export of an operation that is not always one."""


def in_order(operation: Operation) -> int:
    return LAST.index(operation.id) if operation.id in LAST else -1


def engine_of(service: Installation) -> AsyncEngine:
    return service.services.accounts.store._engine


@pytest.fixture
async def furnished(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> tuple[Installation, Things, dict[str, Any]]:
    """A service that sends letters and takes sessions, with something of everything and a link to write to."""
    letters = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "maps@example.org"}
    issuer = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "tilegate"}
    service = await install(**RATES, **letters, **issuer, **session_settings(tmp_path))
    things, token = await furnish(service, service.account, service.api_key, "theirs")
    (service.root / "shared").mkdir()
    folder = await service.ask("item.create", project_id=things.project, root="files", path="shared", kind="directory")
    writable = {"target_type": "directory", "target_id": folder["id"], "password": PASSWORD, "expires_in_hours": 1}
    opening = {"open_with": "either", "recipients": ["r@example.org"]}
    link = await service.ask("share.link.create", **writable, permission="write", **opening)
    drop = await service.ask("share.link.create", **writable, permission="drop")
    return service, things, {"token": token, "writable": link["token"], "drop": drop["token"], "link": link["id"]}


async def ask(service: Installation, things: Things, extra: dict[str, Any], operation: Operation) -> Any:
    """Ask an operation about what its caller has."""
    if operation.id not in FOR_RECIPIENTS:
        body = BODIES[operation.id](things) | CSV.get(operation.id, {})
        if operation.id in ANOTHER:
            body = {"link_ids": [extra["link"]]}
        return await service.post(operation.id, **body)
    token = extra["drop" if operation.id == "share.file.drop" else "writable"]
    body = {"token": token, **FOR_RECIPIENTS[operation.id]}
    if operation.id == "share.link.claim":
        return await service.post(operation.id, signed_in("r@example.org"), **body)
    if operation.id == "share.code.redeem":
        body |= await right_code(service, extra["writable"])
    needs_password = "password" in operation.request.model_fields
    return await service.post(operation.id, {}, **body, **({"password": PASSWORD} if needs_password else {}))


async def right_code(service: Installation, token: str) -> dict[str, str]:
    """Return an address and the code that it is sent."""
    links, address = service.services.links, "r@example.org"
    link = await links.authorizer.find(token)
    seed = await links.codes.new(link, address, "192.0.2.1")
    return {"email": address, "code": links.code_signer.code(link.id, link.generation, address, seed)}


async def records(service: Installation) -> list[Any]:
    async with engine_of(service).connect() as connection:
        return list(await connection.execute(select(audit_log).where(audit_log.c.operation != "sign_in")))


async def rows_of_tables(service: Installation) -> dict[str, list[Any]]:
    """Return all rows of the tables that are audited."""
    recorded = [table for table in metadata.sorted_tables if table.info[AUDIT] is Audited.CHANGES]
    async with engine_of(service).connect() as connection:
        return {table.name: sorted(map(repr, await connection.execute(select(table)))) for table in recorded}


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_each_table_says_whether_it_is_audited(table: Any) -> None:
    """`info=AUDITED` (or `AUDITED_ADDITIONS`, `NOT_AUDITED`) at its end, in `service/database/tables`."""
    assert table.info.get(AUDIT) in set(Audited) - {Audited.HIDDEN}, f"{table.name} needs a line: info=AUDITED"


async def test_each_operation_that_changes_something_leaves_a_record(
    furnished: tuple[Installation, Things, dict[str, Any]],
) -> None:
    service, things, extra = furnished
    for operation in sorted(RECORDED, key=in_order):
        before = {row.id for row in await records(service)}
        response = await ask(service, things, extra, operation)
        assert response.status == 200, (operation.id, await response.text())
        left = [row for row in await records(service) if row.id not in before]
        assert left, f"{operation.id} left no record"
        assert {row.operation for row in left} == {operation.id}
        assert service.account.organization_id in {row.organization_id for row in left}, operation.id
        for row in left:
            assert row.organization_id is not None, (operation.id, row)
            assert row.actor_type == (
                "user" if operation.id not in FOR_RECIPIENTS else
                "signed_in" if operation.id == "share.link.claim" else "recipient"
            ), operation.id  # fmt: skip
    written = str(await records(service))
    for secret in (PASSWORD, service.api_key, service.api_key[24:], extra["token"], extra["writable"]):
        assert secret not in written
    async with engine_of(service).connect() as connection:
        hashes = [*await connection.scalars(select(metadata.tables["links"].c.password_hash))]
        hashes += await connection.scalars(select(metadata.tables["api_keys"].c.secret_sha256))
    assert not [value for value in hashes if value and value in written]


async def test_an_operation_that_only_reads_leaves_no_record(
    furnished: tuple[Installation, Things, dict[str, Any]],
) -> None:
    """One that changes something must say so in the registry."""
    service, things, extra = furnished
    before = len(await records(service))
    for operation in OPERATIONS.values():
        if operation not in RECORDED:
            await ask(service, things, extra, operation)
            assert len(await records(service)) == before, f"{operation.id} is no Effect.READ"


async def test_nothing_is_changed_without_its_record(furnished: tuple[Installation, Things, dict[str, Any]]) -> None:
    """They are written in one transaction, so that a log that cannot be written stops what it would be about."""
    service, things, extra = furnished
    await service.ask("limits.get")
    await service.post("share.link.claim", signed_in("r@example.org"), token=extra["writable"])
    await service.services.events.log.flush()  # it says when keys were used
    async with engine_of(service).begin() as connection:
        await connection.execute(text("DELETE FROM claims"))
        await connection.execute(text("DELETE FROM link_keys WHERE recipient IS NOT NULL"))
        await connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no room'); END")
        )
    before = await rows_of_tables(service)
    for operation in sorted(RECORDED, key=in_order):
        response = await ask(service, things, extra, operation)
        assert response.status == AFTER_ANOTHER.get(operation.id) or response.status >= 500, operation.id
        assert await rows_of_tables(service) == before, operation.id


async def test_files_that_are_put_into_a_folder_are_recorded(
    furnished: tuple[Installation, Things, dict[str, Any]],
) -> None:
    service, _, extra = furnished
    at = f"/s/{extra['writable']}/files/shared/new.txt"
    headers = {"X-Share-Password": PASSWORD}
    begun = await service.client.put(at, headers=headers | {"Upload-Complete": "?0"})
    assert begun.status == 201, await begun.text()
    end = headers | {"Upload-Complete": "?1", "Upload-Offset": "0", "Content-Type": "application/partial-upload"}
    ended = await service.client.patch(begun.headers["Location"], data=b"x", headers=end)
    assert ended.status == 201, await ended.text()
    [row] = [row for row in await records(service) if row.operation == "share.file.upload"]
    assert (row.actor_type, row.target_type, row.target_id) == ("recipient", "link", extra["link"])
    assert row.after == {"path": "shared/new.txt", "created": True}
    assert row.organization_id == service.account.organization_id
