"""Taking a grant of a storage root back: what needs it stays in the way, or ends with it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation


@pytest.fixture
async def shared(service: Installation) -> dict[str, Any]:
    """A second project of the organization, granted a folder, with an item in it that is shared."""
    (service.root / "theirs").mkdir()
    for name in ("theirs/a.tif", "theirs/b.tif"):
        shutil.copy(DATA / "RGB.byte.tif", service.root / name)
    project = await service.ask("project.create", name="Second")
    grant = await service.ask("root.grant", root="files", prefix="theirs", project_id=project["id"])
    item = await service.ask("item.create", project_id=project["id"], root="files", path="theirs/a.tif")
    note = await service.ask("item.create", project_id=project["id"], name="Note", content={"markdown": "# Hi"})
    own = await service.add_item()
    return {
        "project": project["id"],
        "grant": grant["id"],
        "item": item["id"],
        "link": await service.add_link(item),
        "note": note["id"],
        "own_link": await service.add_link(own),
    }


async def status_of(service: Installation, link: Any) -> int:
    answer = await service.client.get(f"/s/{link['token']}/info", headers={"X-Share-Password": PASSWORD})
    return answer.status


async def test_a_grant_that_items_need_is_not_taken_back(service: Installation, shared: dict[str, Any]) -> None:
    refused = await service.post("root.revoke", grant_id=shared["grant"])

    problem = await refused.json()
    assert (refused.status, problem["code"], problem["field"]) == (409, "root_grant_in_use", "grant_id")
    assert "1 items" in problem["detail"]
    assert await status_of(service, shared["link"]) == 200
    assert shared["grant"] in {grant["id"] for grant in (await service.ask("root.list"))["grants"]}


async def test_with_force_the_items_go_and_their_links_answer_410(
    service: Installation, shared: dict[str, Any]
) -> None:
    told = await service.ask("root.revoke", grant_id=shared["grant"], force=True)

    assert told == {"id": shared["grant"], "ok": True, "deleted_items": 1}
    assert await status_of(service, shared["link"]) == 410
    assert (await service.post("item.get", item_id=shared["item"])).status == 404
    assert await status_of(service, shared["own_link"]) == 200
    assert (await service.post("item.get", item_id=shared["note"])).status == 200
    assert shared["grant"] not in {grant["id"] for grant in (await service.ask("root.list"))["grants"]}
    body = {"project_id": shared["project"], "root": "files", "path": "theirs/b.tif"}
    assert (await service.post("item.create", **body)).status == 422


async def test_what_another_grant_covers_stays_with_force_too(service: Installation, shared: dict[str, Any]) -> None:
    wider = await service.ask("root.grant", root="*", project_id=shared["project"])

    assert (await service.ask("root.revoke", grant_id=shared["grant"], force=True))["deleted_items"] == 0
    assert await status_of(service, shared["link"]) == 200
    assert (await service.post("root.revoke", grant_id=wider["id"])).status == 409
    assert (await service.ask("root.revoke", grant_id=wider["id"], force=True))["deleted_items"] == 1
    assert await status_of(service, shared["link"]) == 410


async def test_a_grant_that_is_gone_is_not_found(service: Installation, shared: dict[str, Any]) -> None:
    await service.ask("root.revoke", grant_id=shared["grant"], force=True)

    assert (await service.post("root.revoke", grant_id=shared["grant"], force=True)).status == 404
