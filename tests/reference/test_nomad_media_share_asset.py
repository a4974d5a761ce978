"""nomad-media-share-asset: what its share configuration can say, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.conftest import PASSWORD
from tests.mail.sink import open_sink
from tests.operations.people import mail_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation


async def test_an_asset_is_shared_with_a_name_an_expiry_a_password_and_permissions(service: Installation) -> None:
    item = await service.add_item()
    moment = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    link = await service.add_link(item, name="For the press", permission="download", expires_in_hours=72)
    assert (link["name"], link["permission"], link["target_id"]) == ("For the press", "download", item["id"])
    lasts = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=71) < lasts <= timedelta(hours=72)
    until = await service.add_link(item, expires_in_hours=None, expires_at=moment)
    assert datetime.fromisoformat(until["expires_at"]) == datetime.fromisoformat(moment)
    wrong = await service.post("share.link.validate", {}, token=link["token"], password="not the password")
    assert (wrong.status, (await wrong.json())["code"]) == (401, "password_invalid")


async def test_a_share_has_several_contents(service: Installation) -> None:
    first, second = await service.add_item(), await service.add_item("shade.tif")
    link = await service.add_link(first, targets=[{"target_type": "item", "target_id": second["id"]}])
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    assert second["id"] in [target["id"] for target in opened["targets"]]
    for item in (first, second):
        body = {"token": link["token"], "key": opened["key"], "item": item["id"]}
        assert (await service.post("share.tilejson", {}, **body)).status == 200


async def test_users_are_told_by_e_mail(install: Callable[..., Awaitable[Installation]]) -> None:
    async with open_sink() as sink:
        service = await install(**mail_settings(sink))
        link = await service.add_link(recipients=["user@example.com"], notify=True)
        [message] = await sink.wait_for(1)
    assert message["To"] == "user@example.com"
    text = str(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link["url"] in text
    assert PASSWORD not in text


async def test_a_share_has_a_type_a_status_and_an_owner(service: Installation) -> None:
    link = await service.add_link()
    assert (link["target_type"], link["status"], link["created_by"]) == ("item", "active", service.account.user_id)
    assert (await service.ask("share.link.suspend", link_id=link["id"]))["status"] == "suspended"
    assert (await service.ask("share.link.resume", link_id=link["id"]))["status"] == "active"


async def test_an_id_that_is_sent_changes_that_share(service: Installation) -> None:
    link = await service.add_link()
    changed = await service.ask("share.link.update", link_id=link["id"], name="Renamed", expires_in_hours=1)
    assert (changed["id"], changed["token"], changed["name"]) == (link["id"], link["token"], "Renamed")
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert (await opened.json())["name"] == "Renamed"


async def test_without_a_body_400_and_without_a_token_401(service: Installation) -> None:
    empty = await service.client.post("/v1/share/link/create", headers=service.headers)
    assert (empty.status, (await empty.json())["code"]) == (400, "body_missing")
    nobody = await service.client.post("/v1/share/link/create", json={})
    assert (nobody.status, (await nobody.json())["code"]) == (401, "unauthenticated")
