"""`audit.list`: one's own organization's log, in pages, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tests.api.isolation.tenants import bearer, second_organization

if TYPE_CHECKING:
    from tests.conftest import Installation


async def test_a_change_is_listed_with_who_made_it(service: Installation) -> None:
    link = await service.add_link()
    await service.ask("share.link.update", link_id=link["id"], name="Other", password="another good password")
    mine = {"organization_id": service.account.organization_id}
    changed, made = (await service.ask("audit.list", **mine, target_id=link["id"]))["rows"]
    assert (made["operation"], made["before"], made["after"]["password_hash"]) == ("share.link.create", None, "set")
    assert (changed["operation"], changed["after"]["name"]) == ("share.link.update", "Other")
    assert (changed["before"]["password_hash"], changed["after"]["password_hash"]) == ("set", "changed")
    assert (changed["actor_type"], changed["actor_id"]) == ("user", service.account.user_id)
    assert (changed["actor_email"], changed["client"]) == ("a@example.org", "127.0.0.0/24")
    assert changed["api_key_id"].removeprefix("key_") in service.api_key
    [signed_in] = (await service.ask("audit.list", **mine, operation="sign_in"))["rows"]
    assert signed_in["actor_id"] == service.account.user_id


async def test_the_log_is_read_in_pages_and_as_csv(service: Installation) -> None:
    for name in ("=1+1", "B", "C"):
        await service.ask("project.create", name=name)
    mine = {"organization_id": service.account.organization_id, "operation": "project.create"}
    whole = (await service.ask("audit.list", **mine))["rows"]
    seen, cursor = [], None
    while True:
        page = await service.ask("audit.list", **mine, limit=2, cursor=cursor)
        seen += page["rows"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(seen) == 6  # a project, and its first member
    response = await service.post("audit.list", **mine, limit=4, format="csv")
    assert (response.content_type, response.headers["X-More"]) == ("text/csv", "1")
    rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert [row["id"] for row in rows] == [row["id"] for row in whole[:4]]
    rest = await service.post("audit.list", **mine, format="csv", cursor=response.headers["X-Next-Cursor"])
    assert [row["id"] for row in csv.DictReader(io.StringIO(await rest.text()))] == [row["id"] for row in whole[4:]]
    exported = await service.ask("audit.list", **mine | {"operation": "audit.list"})
    assert [row["after"]["format"] for row in exported["rows"]] == ["csv", "csv"]


async def test_what_an_operator_does_is_in_both_logs(service: Installation) -> None:
    other, key = await second_organization(service, "others")
    await service.ask("organization.update", organization_id=other.organization_id, name="Renamed")
    for headers, organization_id in (
        (service.headers, service.account.organization_id),
        (bearer(key), other.organization_id),
    ):
        wanted = {"organization_id": organization_id, "operation": "organization.update"}
        [row] = (await (await service.post("audit.list", headers, **wanted)).json())["rows"]
        assert (row["actor_id"], row["after"]["name"]) == (service.account.user_id, "Renamed")
    refused = await service.post("audit.list", organization_id=other.organization_id)
    assert refused.status == 404


async def test_a_cursor_that_is_none_is_refused(service: Installation) -> None:
    refused = await service.post("audit.list", organization_id=service.account.organization_id, cursor="nonsense")
    assert (refused.status, (await refused.json())["field"]) == (422, "cursor")
