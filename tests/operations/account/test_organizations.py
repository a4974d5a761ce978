"""Organizations: founded with an admin, listed, renamed, suspended on every worker and route, and resumed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from service.accounts.api_keys import Scope
from service.errors import Gone
from service.links.admission import Client, Credential
from service.links.records.change_stream import SILENCE
from service.operations.core.operation import Effect
from service.operations.registry import OPERATIONS
from tests.api.isolation.tenants import BODIES, FOR_RECIPIENTS, bearer, furnish, second_organization
from tests.api.isolation.test_gate_matrix import recipient_requests
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

RATES = {f"rate_{name}": 1_000_000 for name in ("create", "read", "update", "list", "tiles", "requests")}


async def told(response: ClientResponse) -> tuple[int, str]:
    return response.status, "" if response.status < 400 else str((await response.json())["code"])


async def test_a_new_organization_has_an_admin_who_can_begin(service: Installation) -> None:
    made = await service.ask("organization.create", name="North", admin_email="Ann@Example.org")
    assert (made["name"], made["status"], made["admin_email"]) == ("North", "active", "ann@example.org")
    week = datetime.fromisoformat(made["api_key_expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6) < week <= timedelta(days=7)
    theirs = bearer(made["api_key"])
    projects = await (await service.post("project.list", theirs)).json()
    assert [project["id"] for project in projects["projects"]] == [made["project_id"]]
    key = await (await service.post("api_key.create", theirs, label="mine", scopes=["admin"])).json()
    mine = bearer(key["api_key"])
    assert (await service.post("api_key.revoke", mine, api_key_id=made["api_key_id"])).status == 200
    assert (await service.post("project.list", theirs)).status == 401
    note = {"project_id": made["project_id"], "name": "Note", "content": {"markdown": "# Hi"}}
    assert (await service.post("item.create", mine, **note)).status == 200
    assert await told(await service.post("organization.list", mine)) == (403, "scope_missing")


async def test_where_people_sign_in_no_key_is_made(service: Installation) -> None:
    made = await service.ask("organization.create", name="N", admin_email="ann@example.org", first_key_hours=0)
    assert (made["api_key"], made["api_key_id"], made["api_key_expires_at"]) == (None, None, None)


async def test_a_person_administers_several_organizations_each_by_a_key_of_its_own(service: Installation) -> None:
    made = [await service.ask("organization.create", name=name, admin_email="ann@example.org") for name in "AB"]
    assert made[0]["admin_id"] == made[1]["admin_id"]
    for own, other in (made, reversed(made)):
        headers = bearer(own["api_key"])
        projects = await (await service.post("project.list", headers)).json()
        assert [project["organization_id"] for project in projects["projects"]] == [own["id"]]
        assert (await service.post("usage.current", headers, organization_id=other["id"])).status == 404
        mine = await (await service.post("organization.mine", headers)).json()
        assert [(each["organization_id"], each["current"]) for each in mine["organizations"]] == [(own["id"], True)]


async def test_organizations_are_listed_in_pages_and_renamed(service: Installation) -> None:
    made = [(await service.ask("organization.create", name=f"O{n}", admin_email="a@example.org"))["id"] for n in "123"]
    await service.ask("organization.update", organization_id=made[1], name="Renamed")
    names, cursor = list[str](), None
    while True:
        page = await service.ask("organization.list", limit=2, cursor=cursor)
        names += [organization["name"] for organization in page["organizations"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names[1:] == ["O1", "Renamed", "O3"]
    assert (await service.ask("organization.get", organization_id=made[1]))["name"] == "Renamed"
    missing = await service.post("organization.get", organization_id="org_nobody")
    assert await told(missing) == (404, "organization_not_found")


async def test_a_suspended_organizations_links_are_410_on_every_route_of_every_worker_within_a_second(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    first = await install(**RATES)
    workers = [first, *[await install(**RATES) for _ in range(2)]]
    other, key = await second_organization(first, "others")
    things, token = await furnish(first, other, key, "others")
    own = await first.add_link()
    opened = await (await first.post("share.link.validate", {}, token=token, password=PASSWORD)).json()
    tile = f"/s/{token}/8/72/110.png?key={opened['key']}"
    for worker in workers:
        assert (await worker.client.get(tile)).status == 200
    reason = {"reason": "not paid"}
    suspended = await first.ask("organization.suspend", organization_id=things.organization, **reason)
    assert (suspended["status"], suspended["suspend_reason"]) == ("suspended", "not paid")
    await asyncio.sleep(SILENCE)
    for worker in workers:
        assert (await worker.client.get(tile)).status == 410
    shown = {"Accept": "application/json", "X-Share-Key": opened["key"]}
    for worker in workers:
        for method, path, body in recipient_requests(worker, token):
            response = await worker.client.request(method, path, json=body, headers=shown, allow_redirects=False)
            if response.status not in {400, 405, 415} and method != "HEAD":
                assert await told(response) == (410, "organization_suspended"), (method, path)
        for headers in ({}, {"X-Share-Password": "wrong"}, {"X-Share-Password": PASSWORD}, bearer(key)):
            answer = await worker.client.get(f"/s/{token}/info", headers=headers)
            assert await told(answer) == (410, "organization_suspended")
        page = await worker.client.get(f"/s/{token}", headers={"Accept": "text/html"})
        assert (page.status, "not paid" in await page.text()) == (410, False)
        assert (await worker.post("share.link.validate", {}, token=own["token"], password=PASSWORD)).status == 200
    await first.ask("organization.resume", organization_id=things.organization)
    await asyncio.sleep(SILENCE)
    for worker in workers:
        assert (await worker.client.get(tile)).status == 200


async def test_operators_read_what_one_organization_used_or_all(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(**RATES)
    other, key = await second_organization(service, "others")
    things, token = await furnish(service, other, key, "others")
    own, nobody = await service.add_link(), {"organization_id": "org_nobody"}
    for opened, times in ((own["token"], 1), (token, 2)):
        for _ in range(times):
            answer = await service.client.get(f"/s/{opened}/8/72/110.png", headers={"X-Share-Password": PASSWORD})
            assert answer.status == 200
    mine = service.account.organization_id
    for organization, renders in ((mine, 1), (things.organization, 2), ("*", 3)):
        named = {"organization_id": organization}
        for operation in ("usage.current", "usage.forecast"):
            told_usage = await service.ask(operation, **named)
            assert (told_usage["organization_id"], told_usage["renders"]) == (organization, renders), operation
        history = await service.ask("usage.history", **named)
        assert (history["total"]["renders"], len(history["rows"])) == (renders, 1)
        exported = await service.ask("usage.export", **named)
        assert sum(row["renders"] for row in exported["rows"]) == renders
        assert {row["organization_id"] for row in exported["rows"]} == (
            {mine, things.organization} if organization == "*" else {organization}
        )
        assert (await service.ask("usage.export", **named, since=exported["high_water_mark"]))["rows"] == []
    for operation in ("usage.current", "usage.forecast", "usage.history", "usage.export"):
        assert await told(await service.post(operation, **nobody)) == (404, "organization_not_found")
        for organization in (mine, "*"):
            refused = await service.post(operation, bearer(key), organization_id=organization)
            assert await told(refused) == (404, "organization_not_found")


async def test_members_of_a_suspended_organization_read_and_change_nothing(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(**RATES)
    other, key = await second_organization(service, "others")
    things, _ = await furnish(service, other, key, "others")
    await service.ask("organization.suspend", organization_id=things.organization)
    for operation in OPERATIONS.values():
        if operation.id not in FOR_RECIPIENTS and operation.scope is not Scope.OPERATOR:
            answer = await service.post(operation.id, bearer(key), **BODIES[operation.id](things))
            expected = 200 if operation.effect is Effect.READ else 410
            assert answer.status == expected, (operation.id, await answer.text())


async def test_the_operators_own_organization_can_be_resumed_by_them(service: Installation) -> None:
    mine = {"organization_id": service.account.organization_id}
    await service.ask("organization.suspend", **mine)
    assert await told(await service.post("project.create", name="P")) == (410, "organization_suspended")
    for _ in range(2):
        assert (await service.ask("organization.resume", **mine))["suspended_at"] is None
    await service.ask("project.create", name="P")


async def test_suspending_again_keeps_the_first_time_and_reason(service: Installation) -> None:
    made = await service.ask("organization.create", name="N", admin_email="a@example.org")
    first = await service.ask("organization.suspend", organization_id=made["id"], reason="one")
    assert await service.ask("organization.suspend", organization_id=made["id"], reason="two") == first


async def test_an_open_download_of_a_suspended_organization_ends(service: Installation) -> None:
    """What is long to send is looked after: see `service.links.revocation_watch`."""
    link = await service.add_link(permission="download")
    authorizer = service.services.links.authorizer
    admission = await authorizer.admit(link["token"], Credential(password=PASSWORD), Client(address="127.0.0.1"))
    await authorizer.confirm_again(admission)
    await service.ask("organization.suspend", organization_id=service.account.organization_id)
    with pytest.raises(Gone, match="suspended"):
        await authorizer.confirm_again(admission)
