"""Asking for access, and the answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.accounts.bootstrap import issue_key
from service.accounts.members import Role
from tests.conftest import PASSWORD
from tests.mail.sink import Sink, open_sink
from tests.operations.people import mail_settings, session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from email.message import EmailMessage
    from pathlib import Path

    from tests.conftest import Installation

ASKER = "b@example.com"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as opened:
        yield opened


@pytest.fixture
async def service(install: Callable[..., Awaitable[Installation]], sink: Sink, tmp_path: Path) -> Installation:
    return await install(rate_requests=20, **mail_settings(sink), **session_settings(tmp_path))


async def ask(
    service: Installation, link: Any, headers: dict[str, str] | None = None, **fields: Any
) -> tuple[int, Any]:
    body = {"token": link["token"], "email": ASKER, **fields}
    response = await service.post("share.access.request", headers or {}, **body)
    return response.status, await response.json()


async def requests(service: Installation, **fields: Any) -> list[Any]:
    found: list[Any] = (await service.ask("share.access.list", **fields))["requests"]
    return found


async def refused(service: Installation, operation: str, **fields: Any) -> tuple[int, str, str | None]:
    problem = await (await service.post(operation, **fields)).json()
    return problem["status"], problem["code"], problem.get("field")


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def test_anybody_with_the_address_may_ask_and_is_told_nothing(service: Installation, sink: Sink) -> None:
    link = await service.add_link(name="Secret name", recipients=[ASKER])
    status, first = await ask(service, link, name="Berta\nBcc: x@example.net", message="Please!\n<b>")
    assert status == 200
    assert await ask(service, link) == (200, first)
    assert await ask(service, link, email="stranger@example.net") == (200, first)
    assert "Secret name" not in str(first)
    listed = await requests(service, link_id=link["id"])
    assert [(one["email"], one["status"], one["is_confirmed"]) for one in listed] == [
        (ASKER, "open", False),
        ("stranger@example.net", "open", False),
    ]
    message = (await sink.wait_for(2))[0]
    assert (message["To"], message["Reply-To"], message["Bcc"]) == ("a@example.org", ASKER, None)
    assert "asks for access to “Secret name”" in message["Subject"]
    assert "> Please!" in text_of(message)
    assert listed[0]["id"] in text_of(message)

    assert (await ask(service, {"token": "A" * 44}))[0] == 404
    assert (await ask(service, link, email=None))[1]["field"] == "email"
    assert (await ask(service, link, signed_in("s@example.com"), email=None)) == (200, first)
    assert [one["is_confirmed"] for one in await requests(service, link_id=link["id"])] == [False, False, True]
    page = await service.ask("share.access.list", limit=2)
    rest = await service.ask("share.access.list", limit=2, cursor=page["next_cursor"])
    assert (len(page["requests"]), len(rest["requests"]), rest["next_cursor"]) == (2, 1, None)
    await service.ask("share.link.revoke", link_id=link["id"])
    assert (await ask(service, link))[1]["code"] == "share_revoked"


async def test_who_has_it_need_not_ask(service: Installation) -> None:
    link = await service.add_link(recipients=[ASKER])
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    for headers in ({"X-Share-Key": opened["key"]}, {"X-Share-Password": PASSWORD}, signed_in(ASKER)):
        assert (await ask(service, link, headers))[1]["code"] == "no_need_to_request"
        assert (await ask(service, link, headers, kind="more_time"))[0] == 200
        assert (await ask(service, link, headers, kind="download"))[0] == 200
    assert (await ask(service, link, {"X-Share-Key": "A" * 68}))[0] == 200
    assert (await ask(service, link, signed_in("c@example.com")))[0] == 200
    assert (await requests(service, status="granted")) == []


async def test_a_link_without_a_password_need_not_be_asked_for(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(allow_passwordless_links=True)
    link = await service.add_link(password=None)
    assert (await ask(service, link))[1]["code"] == "no_need_to_request"
    assert (await ask(service, link, kind="more_time"))[0] == 200
    [asked] = await requests(service)
    granted = await service.ask(
        "share.access.resolve", request_id=asked["id"], decision="grant", new_link=True, expires_in_hours=5
    )
    assert (await service.post("share.link.validate", {}, token=granted["link"]["token"])).status == 200
    assert (await service.ask("limits.get"))["caps"]["batch_links"] == 100


async def test_a_grant_makes_a_recipient_and_may_give_more(service: Installation, sink: Sink) -> None:
    soon = datetime.now(UTC) + timedelta(hours=2)
    link = await service.add_link(expires_in_hours=None, expires_at=soon.isoformat())
    await ask(service, link, kind="more_time", hours=48)
    await ask(service, link, kind="download", email="c@example.com")
    more_time, download = await requests(service)
    assert more_time["hours"] == 48

    assert await refused(service, "share.access.resolve", request_id=more_time["id"], decision="grant") == (
        422,
        "field_missing",
        "expires_at",
    )
    assert await refused(
        service, "share.access.resolve", request_id=more_time["id"], decision="grant", expires_in_hours=1
    ) == (422, "field_invalid", "expires_at")
    assert await refused(
        service, "share.access.resolve", request_id=more_time["id"], decision="deny", new_link=True
    ) == (422, "field_invalid", "new_link")
    assert await refused(service, "share.access.resolve", request_id="req_x", decision="deny") == (
        404,
        "access_request_not_found",
        None,
    )
    granted = await service.ask(
        "share.access.resolve", request_id=more_time["id"], decision="grant", expires_in_hours=48, answer="Gladly."
    )
    assert granted["mailed"]
    assert (granted["link"]["id"], granted["link"]["recipients"]) == (link["id"], [ASKER])
    assert datetime.fromisoformat(granted["link"]["expires_at"]) > soon
    assert (granted["request"]["status"], granted["request"]["answer"]) == ("granted", "Gladly.")
    assert (await service.post("share.link.claim", signed_in(ASKER), token=link["token"])).status == 200
    message = (await sink.wait_for(3))[-1]
    assert message["To"] == ASKER
    assert link["url"] in text_of(message)
    assert "Gladly." in text_of(message)
    assert PASSWORD not in text_of(message)
    assert (await refused(service, "share.access.resolve", request_id=more_time["id"], decision="deny"))[:2] == (
        409,
        "already_changed",
    )

    own = await service.ask(
        "share.access.resolve",
        request_id=download["id"],
        decision="grant",
        new_link=True,
        password="another good password",
        expires_in_hours=5,
    )
    assert own["link"]["id"] != link["id"]
    assert (own["link"]["permission"], own["link"]["recipients"]) == ("download", ["c@example.com"])
    opened = await service.post("share.link.validate", {}, token=own["link"]["token"], password="another good password")
    assert opened.status == 200
    assert (await service.ask("share.link.get", link_id=link["id"]))["permission"] == "view"


async def test_a_denial_tells_the_answer_and_an_expired_link_can_be_asked_for(
    service: Installation, sink: Sink
) -> None:
    link = await service.add_link(name="Secret name")
    assert (await ask(service, link))[0] == 200
    [asked] = await requests(service)
    denied = await service.ask("share.access.resolve", request_id=asked["id"], decision="deny", answer="Not now.")
    assert (denied["request"]["status"], denied["link"]) == ("denied", None)
    message = (await sink.wait_for(2))[-1]
    assert message["To"] == ASKER
    assert "Not now." in text_of(message)
    assert "Secret name" not in message.as_string()

    await service.expire(link)
    assert (await ask(service, link, kind="more_time"))[0] == 200
    [_, again] = await requests(service)
    assert await refused(service, "share.access.resolve", request_id=again["id"], decision="grant") == (
        422,
        "field_missing",
        "expires_at",
    )
    await service.ask("share.access.resolve", request_id=again["id"], decision="grant", expires_in_hours=1)
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert opened.status == 200


async def test_editors_answer_and_each_request_once(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install()
    accounts, link = service.services.accounts.store, await service.add_link()
    await ask(service, link)
    [asked] = await requests(service)
    answers: list[dict[str, Any]] = [
        {"decision": "deny"},
        {"decision": "grant"},
        {"decision": "grant", "new_link": True, "password": "another good password", "expires_in_hours": 5},
    ]
    for role, refusal in ((None, (401, "unauthenticated")), (Role.VIEWER, (403, "not_project_editor"))):
        user = await accounts.create_user(f"{role}@example.org", "V")
        if role is not None:
            await accounts.set_member(service.account.project_id, user, role)
        key = await issue_key(accounts, replace(service.account, user_id=user), "test")
        headers = {"Authorization": f"Bearer {key}"}
        response = await service.post("share.access.resolve", headers, request_id=asked["id"], **answers[0])
        assert (response.status, (await response.json())["code"]) == refusal
        if role is not None:
            listed = await (await service.post("share.access.list", headers)).json()
            assert len(listed["requests"]) == 1

    seen = await asyncio.gather(
        *(service.post("share.access.resolve", request_id=asked["id"], **answer) for answer in answers)
    )
    assert sorted(one.status for one in seen) == [200, 409, 409]
    [after] = await requests(service)
    links = (await service.ask("share.link.list"))["links"]
    granted = seen[1].status == 200 or seen[2].status == 200
    assert after["status"] == ("granted" if granted else "denied")
    assert len(links) == (2 if seen[2].status == 200 else 1)
    assert links[0]["recipients"] == ([ASKER] if seen[1].status == 200 else [])


async def test_asking_is_limited_and_needs_no_mail_server(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_requests=2)
    link = await service.add_link()
    assert [(await ask(service, link, email=f"{n}@example.com"))[0] for n in range(3)] == [200, 200, 429]
    [first, _] = await requests(service)
    granted = await service.ask("share.access.resolve", request_id=first["id"], decision="grant")
    assert not granted["mailed"]
