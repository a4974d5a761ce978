"""puter-share-endpoints: several recipients and things at once; check, apply and request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import PASSWORD
from tests.operations.people import session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Installation

NOTE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-77.5, 24.5]},
    "properties": {"label": "Here"},
}


async def test_several_recipients_get_several_things_with_a_report_for_each(service: Installation) -> None:
    item, other = await service.add_item(), await service.add_item("shade.tif")
    wish: dict[str, Any] = {
        "recipients": ["user@example.org", "another@example.com"],
        "targets": [{"target_type": "item", "target_id": each["id"]} for each in (item, other)],
        "password": PASSWORD,
        "expires_in_hours": 24,
    }
    dry = await service.ask("share.link.create_batch", **wish, dry_run=True)
    assert (dry["status"], dry["dry_run"], dry["links"]) == ("success", True, [])
    assert (await service.ask("share.link.list"))["links"] == []

    made = await service.ask("share.link.create_batch", **wish)
    assert (made["status"], len(made["links"])) == ("success", 4)
    assert [(each["recipient"], each["status"]) for each in made["recipients"]] == [
        ("user@example.org", "success"),
        ("another@example.com", "success"),
    ]
    assert [each["status"] for each in made["targets"]] == ["success", "success"]

    wish["targets"] = [*wish["targets"][:1], {"target_type": "file", "target_id": "itm_none"}]
    missing_file = await service.ask("share.link.create_batch", **wish)
    assert missing_file["status"] == "mixed"
    assert [(each["status"], each["code"]) for each in missing_file["targets"]] == [
        ("success", None),
        ("error", "target_not_found"),
    ]
    missing_user = await service.ask("share.link.create_batch", **{**wish, "recipients": ["nobody"]})
    assert missing_user["status"] == "aborted"
    assert missing_user["recipients"][0]["code"] == "field_invalid"
    careful = await service.ask("share.link.create_batch", **wish, stop_on_error=True)
    assert (careful["status"], careful["links"]) == ("aborted", [])


async def test_files_are_shared_for_reading_and_for_writing(service: Installation) -> None:
    (service.root / "folder").mkdir()
    folder = await service.ask(
        "item.create", project_id=service.account.project_id, root="files", path="folder", kind="directory"
    )
    for access, status in (("view", 403), ("write", 200)):
        link = await service.add_link(folder, target_type="directory", permission=access)
        body = {"token": link["token"], "password": PASSWORD, "path": "new.txt", "content": "aGVsbG8="}
        response = await service.post("share.file.upload", {}, **body)
        assert response.status == status, await response.text()
    assert (service.root / "folder" / "new.txt").read_bytes() == b"hello"


async def test_a_share_is_applied_to_whom_it_is_meant_for_and_others_can_request_it(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    service = await install(**session_settings(tmp_path))
    meant, other = signed_in("asdf@example.com"), signed_in("other@example.com")
    link = await service.add_link(recipients=["asdf@example.com"])
    applied = await service.post("share.link.claim", meant, token=link["token"])
    assert (applied.status, (await applied.json())["permission"]) == (200, "view")
    refused = await service.post("share.link.claim", other, token=link["token"])
    assert (refused.status, (await refused.json())["code"]) == (403, "can_not_apply_to_this_user")

    asked = await service.post("share.access.request", other, token=link["token"])
    assert asked.status == 200, await asked.text()
    needless = await service.post("share.access.request", meant, token=link["token"])
    assert (needless.status, (await needless.json())["code"]) == (409, "no_need_to_request")
    [request] = (await service.ask("share.access.list", link_id=link["id"]))["requests"]
    assert (request["email"], request["status"]) == ("other@example.com", "open")
    await service.ask("share.access.resolve", request_id=request["id"], decision="grant")
    assert (await service.post("share.link.claim", other, token=link["token"])).status == 200


async def test_a_dry_run_checks_everything_and_makes_nothing(service: Installation) -> None:
    link = await service.add_link(dry_run=True)
    assert link["status"] == "active"
    assert (await service.ask("share.link.list"))["links"] == []
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert opened.status == 404


async def test_an_app_is_a_saved_map_and_shares_what_it_shows(service: Installation) -> None:
    raster, other = await service.add_item(), await service.add_item("shade.tif")
    content = {"layers": [{"item_id": raster["id"]}], "annotations": NOTE}
    app = await service.ask("item.create", project_id=service.account.project_id, name="App", content=content)
    link = await service.add_link(app)
    opened = await service.post("share.content.get", {}, token=link["token"], password=PASSWORD)
    annotations = (await opened.json())["map"]["annotations"]
    assert annotations["features"][0]["properties"]["label"] == "Here"
    place = {"token": link["token"], "password": PASSWORD, "z": 8, "x": 72, "y": 110}
    assert (await service.post("share.tile.render", {}, **place, item=raster["id"])).status == 200
    refused = await service.post("share.tile.render", {}, **place, item=other["id"])
    assert (refused.status, (await refused.json())["code"]) == (404, "target_not_found")


async def test_a_token_is_checked_and_a_missing_one_is_a_missing_field(service: Installation) -> None:
    link = await service.add_link()
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert opened.status == 200
    missing = await service.post("share.link.validate", {})
    document = await missing.json()
    assert (missing.status, document["code"], document["field"]) == (422, "field_missing", "token")
