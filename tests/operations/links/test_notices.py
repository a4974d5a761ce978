"""Telling recipients of a link by e-mail, through a real SMTP server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD
from tests.mail.sink import Sink, open_sink
from tests.operations.people import mail_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from email.message import EmailMessage

    from tests.conftest import Installation

EVIL = "A\r\nBcc: x@example.net"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as opened:
        yield opened


async def mails_of(service: Installation, link: Any) -> dict[str, Any]:
    """Return the letters about a link by recipient, once none is queued."""
    async with asyncio.timeout(30):
        while True:
            found = (await service.ask("share.link.get", link_id=link["id"]))["mails"]
            if all(mail["status"] != "queued" for mail in found):
                return {mail["recipient"]: mail for mail in found}
            await asyncio.sleep(0.05)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_recipients_get_the_address_and_never_the_password(
    install: Callable[..., Awaitable[Installation]], sink: Sink
) -> None:
    service = await install(**mail_settings(sink))
    sink.refused = {"gone@example.com": "550 5.1.1 No such user"}
    item = await service.add_item(name="Island")
    description = "About *Sylt* <script>alert(1)</script>, by [us](https://example.org)"
    link = await service.add_link(
        item, recipients=["B@Example.com", "gone@example.com"], notify=True, name=EVIL, description=description
    )
    mails = await mails_of(service, link)
    [message] = await sink.wait_for(1)
    text, html = text_of(message), text_of(message, "html")
    assert (mails["b@example.com"]["status"], mails["gone@example.com"]["status"]) == ("sent", "failed")
    assert "No such user" in mails["gone@example.com"]["error"]
    assert (message["To"], message["From"], message["Bcc"]) == ("b@example.com", "Maps <maps@example.org>", None)
    assert message["Reply-To"] == "a@example.org"
    assert message["Subject"] == "A shares “A Bcc: x@example.net” with you"
    assert link["url"] in text
    assert f'href="{link["url"]}"' in html
    assert "A (a@example.org) shares" in text
    assert "until" in text
    assert "<em>Sylt</em>" in html
    assert "<script" not in html
    for part in (text, html, message.as_string()):
        assert PASSWORD not in part

    again = await service.ask(
        "share.link.notify", link_id=link["id"], recipients=["c@example.com"], message="Ahoi\n.\n!"
    )
    assert [(one["email"], one["status"]) for one in again["recipients"]] == [("c@example.com", "queued")]
    second = (await sink.wait_for(2))[1]
    assert "> Ahoi\n> .\n> !" in text_of(second).replace("\r\n", "\n")

    await sink.stop()
    await service.ask("share.link.notify", link_id=link["id"], recipients=["d@example.com"])
    twice = await service.ask("share.link.notify", link_id=link["id"], recipients=["d@example.com", "e@example.com"])
    assert [one["status"] for one in twice["recipients"]] == ["already_queued", "queued"]

    for refused, status, code in (
        ({"recipients": []}, 422, "field_missing"),
        ({"recipients": ["nobody"]}, 422, "field_invalid"),
        ({"recipients": ["a@b.org\nBcc: c@d.org"]}, 422, "field_invalid"),
    ):
        fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
        response = await service.post("share.link.create", **fields, notify=True, **refused)
        assert (response.status, (await response.json())["code"]) == (status, code), refused
    await service.ask("share.link.revoke", link_id=link["id"])
    response = await service.post("share.link.notify", link_id=link["id"])
    assert (response.status, (await response.json())["code"]) == (409, "link_not_active")


async def test_without_a_mail_server_notify_is_refused_and_makes_no_link(service: Installation) -> None:
    item = await service.add_item()
    fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    response = await service.post("share.link.create", **fields, recipients=["b@example.com"], notify=True)
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "field_invalid", "notify")
    assert "TILEGATE_SMTP_URL" in problem["detail"]
    assert (await service.ask("share.link.list"))["links"] == []
    link = await service.add_link(item, recipients=["b@example.com"])
    response = await service.post("share.link.notify", link_id=link["id"])
    assert (response.status, (await response.json())["code"]) == (422, "field_invalid")
