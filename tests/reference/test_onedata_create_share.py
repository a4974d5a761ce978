"""onedata-create-share: shares of a file or directory with a name and a markdown description, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.members import Role
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

MARKDOWN = "# Top level header\nDescription of the <script>alert(1)</script> contents."


async def test_a_share_has_a_name_and_a_description_in_markdown(service: Installation) -> None:
    link = await service.add_link(name="MyShare", description=MARKDOWN)
    detail = await service.ask("share.link.get", link_id=link["id"])
    assert (detail["name"], detail["description"]) == ("MyShare", MARKDOWN)
    shown = {"Accept": "application/json", "X-Share-Password": PASSWORD}  # what the page fills itself with
    page = await (await service.client.get(f"/s/{link['token']}", headers=shown)).json()
    assert "<h1>Top level header</h1>" in page["description_html"]
    assert "<script>" not in page["description_html"]


async def test_a_file_a_directory_and_a_whole_space_are_shared(service: Installation) -> None:
    (service.root / "folder").mkdir()
    (service.root / "folder" / "inside.txt").write_text("inside")
    (service.root / "alone.bin").write_text("alone")
    for path, kind, shared in (
        ("alone.bin", "file", ["alone.bin"]),
        ("folder", "directory", ["inside.txt"]),
        (".", "directory", ["folder", "alone.bin"]),
    ):
        item = await service.ask("item.create", project_id=service.account.project_id, root="files", path=path)
        link = await service.add_link(item, target_type=kind, permission="download")
        assert link["target_type"] == kind
        listed = await service.post("share.file.list", {}, token=link["token"], password=PASSWORD)
        assert [entry["name"] for entry in (await listed.json())["entries"]] == shared
        name = "folder/inside.txt" if path == "." else shared[0]
        got = await service.client.get(f"/s/{link['token']}/files/{name}", headers={"X-Share-Password": PASSWORD})
        assert await got.text() in {"alone", "inside"}


async def test_any_number_of_shares_of_one_file_are_listed_by_it_renamed_and_removed(service: Installation) -> None:
    item = await service.add_item()
    other = await service.add_link(await service.add_item("shade.tif"))
    ids = [(await service.add_link(item, name=f"Share {number}"))["id"] for number in range(3)]
    listed = await service.ask("share.link.list", target_id=item["id"])
    assert [link["id"] for link in listed["links"]] == ids
    assert other["id"] not in ids
    assert (await service.ask("share.link.update", link_id=ids[0], name="New name"))["name"] == "New name"
    assert (await service.ask("share.link.revoke", link_id=ids[0]))["ok"]
    active = await service.ask("share.link.list", target_id=item["id"], status="active")
    assert [link["id"] for link in active["links"]] == ids[1:]


async def test_the_answer_has_the_id_and_its_address_in_location(service: Installation) -> None:
    item = await service.add_item()
    body = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    response = await service.post("share.link.create", **body)
    link = await response.json()
    assert response.headers["Location"] == link["url"]
    assert link["id"].startswith("lnk_")


async def test_a_privilege_on_the_project_is_needed(service: Installation) -> None:
    item, project_id = await service.add_item(), service.account.project_id
    body = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    await service.ask("member.set", project_id=project_id, email="other@example.org", role="admin")
    await service.ask("member.set", project_id=project_id, email="a@example.org", role="editor")
    assert (await service.post("share.link.create", **body)).status == 200
    await service.services.accounts.store.set_member(service.account.project_id, service.account.user_id, Role.VIEWER)
    response = await service.post("share.link.create", **body)
    assert (response.status, (await response.json())["code"]) == (403, "not_project_editor")


async def test_errors_say_what_where_and_under_which_request(service: Installation) -> None:
    bad = await service.post("share.link.create", target_type="item", target_id="itm_x", password="short")
    missing = await service.post(
        "share.link.create", target_type="item", target_id="itm_x", password=PASSWORD, expires_in_hours=1
    )
    for response, status, code in ((bad, 404, "target_not_found"), (missing, 404, "target_not_found")):
        document = await response.json()
        assert (response.status, document["code"], document["status"]) == (status, code, status)
        assert response.content_type == "application/problem+json"
        assert document["request_id"] == response.headers["X-Request-Id"]
        assert document["detail"]
