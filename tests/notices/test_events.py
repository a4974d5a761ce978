"""What happens to a link reaches a webhook and its maker: once each, and without a password, key or token."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.api.files.test_files import folder_link
from tests.conftest import PASSWORD
from tests.mail.sink import Sink, open_sink
from tests.notices.receiver import LOCAL, Receiver, open_receiver
from tests.operations.people import mail_settings, session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Installation


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as opened:
        yield opened


async def tell(service: Installation) -> None:
    """Write now what was seen."""
    await service.services.events.log.flush()
    await service.services.notices.sightings.flush()


async def test_each_event_arrives_once_and_holds_no_secret(
    install: Callable[..., Awaitable[Installation]], receiver: Receiver, sink: Sink, tmp_path: Path
) -> None:
    service = await install(
        webhook_allow=LOCAL, settle_interval=0.1, **mail_settings(sink), **session_settings(tmp_path)
    )
    hook = await service.ask("webhook.create", url=receiver.url)
    link = await folder_link(service, "write", recipients=["r@example.org"], name="Maps")
    token = {"token": link["token"]}
    named = await service.ask("share.key.create", link_id=link["id"], label="A desk")
    content = base64.b64encode(b"x").decode()
    for _ in range(2):
        opened = await service.post("share.link.validate", {}, **token, password=PASSWORD)
        assert opened.status == 200
        assert (await service.post("share.link.validate", {"X-Share-Key": named["key"]}, **token)).status == 200
        assert (await service.post("share.link.claim", signed_in("r@example.org"), **token)).status == 200
        assert (await service.post("share.access.request", {}, **token, email="n@example.org")).status == 200
        await tell(service)
    for path in ("new.txt", "next.txt"):
        put = {"password": PASSWORD, "path": path, "content": content}
        assert (await service.post("share.file.upload", {}, **token, **put)).status == 200
    await receiver.wait_for("file.uploaded", 2)
    await receiver.wait_for("link.opened", 2)
    kinds = receiver.types()
    assert sorted(kinds) == ["access.requested", *["file.uploaded"] * 2, "link.claimed", "link.opened", "link.opened"]
    receiver.received.sort(key=lambda one: one.said["data"].get("path") or "", reverse=True)
    data = {(one.said["type"], one.said["data"].get("key_label")): one.said["data"] for one in receiver.received}
    assert {each["link_id"] for each in data.values()} == {link["id"]}
    assert {each["link_name"] for each in data.values()} == {"Maps"}
    assert data["link.opened", "A desk"]["key_id"] == named["id"]
    assert data["link.claimed", None]["email"] == "r@example.org"
    assert data["file.uploaded", None] | {"path": "new.txt", "bytes": 1} == data["file.uploaded", None]
    await no_secrets(service, receiver, sink, [link["token"], named["key"], (await opened.json())["key"]])
    for received in receiver.received:
        received.verify(hook["secret"])
    listed = await service.ask("webhook.deliveries", webhook_id=hook["id"], limit=2)
    assert [each["status"] for each in listed["deliveries"]] == ["delivered"] * 2
    more = await service.ask("webhook.deliveries", webhook_id=hook["id"], cursor=listed["next_cursor"])
    assert len(more["deliveries"]) == 4

    letters = {str(message["Subject"]): message for message in await sink.wait_for(5)}
    assert set(letters) == {
        "“Maps” was opened for the first time.",
        "The key “A desk” of “Maps” was used for the first time.",
        "r@example.org signed in and opened “Maps”.",
        "A file was uploaded to “Maps”: new.txt (1 bytes).",
        "n@example.org asks for access to “Maps”",
    }
    assert {message["To"] for message in letters.values()} == {"a@example.org"}


async def no_secrets(service: Installation, receiver: Receiver, sink: Sink, secrets: list[str]) -> None:
    """Check that nothing that was sent holds a secret."""
    sent = [one.body.decode() for one in receiver.received]
    sent += [" ".join(one.headers.values()) for one in receiver.received]
    sent += [str(part.get_content()) for mail in sink.accepted for part in mail.walk() if not part.is_multipart()]
    for secret in (PASSWORD, service.api_key, *secrets):
        assert not any(secret in text for text in sent)


async def test_a_sharers_own_looks_are_no_opening(
    install: Callable[..., Awaitable[Installation]], receiver: Receiver
) -> None:
    service = await install(webhook_allow=LOCAL)
    await service.ask("webhook.create", url=receiver.url)
    link = await service.add_link()
    assert (await service.post("share.tile.info", token=link["token"])).status == 200
    assert (await service.post("share.link.validate", {}, token=link["token"], password="wrong words")).status == 401
    page = await service.client.get(f"/s/{link['token']}", headers={"Accept": "text/html"})
    assert page.status == 200
    await tell(service)
    assert receiver.received == []
    assert (await service.ask("webhook.list"))["webhooks"][0]["failing_since"] is None


async def test_letters_can_be_declined_for_a_link_and_for_all(
    install: Callable[..., Awaitable[Installation]], sink: Sink
) -> None:
    service = await install(**mail_settings(sink))
    item = await service.add_item()
    assert await service.ask("notice.get") == {"letters": True, "address": "a@example.org"}
    quiet = await service.add_link(item, name="Quiet", notices=False)
    silent, loud = await service.add_link(item, name="Silent"), await service.add_link(item, name="Loud")
    assert (await service.ask("share.link.update", link_id=silent["id"], notices=False))["notices"] is False
    for link in (quiet, silent, loud):
        await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    await service.post("share.access.request", {}, token=silent["token"], email="n@example.org")
    await tell(service)
    [letter] = await sink.wait_for(1)
    assert letter["Subject"] == "“Loud” was opened for the first time."
    assert (await service.ask("notice.set", letters=False))["letters"] is False
    other = await service.add_link(item, name="Other")
    await service.post("share.link.validate", {}, token=other["token"], password=PASSWORD)
    await service.post("share.access.request", {}, token=other["token"], email="n@example.org")
    await tell(service)
    assert await service.services.mail.store.take(datetime.now(UTC), timedelta(minutes=1)) is None
    assert len(sink.accepted) == 1


async def test_webhooks_are_made_changed_tested_and_removed(
    install: Callable[..., Awaitable[Installation]], receiver: Receiver
) -> None:
    service = await install(webhook_allow=LOCAL)
    hook = await service.ask("webhook.create", url=receiver.url, events=["cap.near"], description="Billing")
    assert hook["secret"].startswith("whsec_")
    [listed] = (await service.ask("webhook.list"))["webhooks"]
    assert listed == {name: value for name, value in hook.items() if name != "secret"}
    tested = await service.ask("webhook.test", webhook_id=hook["id"])
    assert (tested["delivered"], tested["response_status"], tested["error"]) == (True, 200, None)
    [received] = receiver.received
    received.verify(hook["secret"])
    assert (received.id, received.said["type"]) == (tested["id"], "webhook.test")
    receiver.status = 302
    tested = await service.ask("webhook.test", webhook_id=hook["id"])
    assert (tested["delivered"], tested["response_status"]) == (False, 302)

    changed = await service.ask("webhook.update", webhook_id=hook["id"], enabled=False)
    assert (changed["enabled"], changed["disabled_reason"], changed["events"]) == (False, "by an admin.", ["cap.near"])
    changed = await service.ask("webhook.update", webhook_id=hook["id"], enabled=True, events=[])
    assert (changed["enabled"], changed["events"]) == (True, [])
    assert await service.ask("webhook.delete", webhook_id=hook["id"]) == {"id": hook["id"], "ok": True}
    response = await service.post("webhook.test", webhook_id=hook["id"])
    assert (response.status, (await response.json())["code"]) == (404, "webhook_not_found")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "http://93.184.215.14/",
        "https://u:p@93.184.215.14/",
        "ftp://93.184.215.14/",
        "https://no-such-host.invalid/",
        "nothing",
    ],
)
async def test_addresses_that_are_not_public_are_refused(lasting: Installation, url: str) -> None:
    response = await lasting.post("webhook.create", url=url)
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "field_invalid", "url")


async def test_a_webhook_of_an_unknown_event_is_refused_and_so_is_one_too_many(service: Installation) -> None:
    response = await service.post("webhook.create", url="https://93.184.215.14/", events=["link.exploded"])
    assert response.status == 422
    for _ in range(20):
        await service.ask("webhook.create", url="https://93.184.215.14/")
    response = await service.post("webhook.create", url="https://93.184.215.14/")
    assert (response.status, (await response.json())["field"]) == (422, "url")
