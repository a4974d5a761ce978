"""Asking the owner of a link for access by the form of its page, where no script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Installation


async def test_the_form_asks_the_owner_and_tells_nothing_of_the_link(service: Installation) -> None:
    link = await service.add_link(name="Top secret")
    address, page = f"/s/{link['token']}/request", f"/s/{link['token']}"
    assert "data-ask" in await (await service.client.get(page)).text()
    await service.expire(link)
    ended = await service.client.get(page)
    assert ended.status == 410
    assert 'value="more_time"' in await ended.text()
    form = {"kind": "more_time", "email": "Ada@example.org", "name": "Ada", "message": "<b>One day</b> more"}
    told = await service.client.post(address, data=form)
    text = await told.text()
    assert (told.status, told.content_type) == (200, "text/html")
    assert "Your request was sent" in text
    assert "secret" not in text
    listed = (await service.ask("share.access.list"))["requests"]
    assert [(one["kind"], one["email"], one["message"]) for one in listed] == [
        ("more_time", "ada@example.org", "<b>One day</b> more")
    ]
    for wrong, status in (({"email": "nobody"}, 422), ({"email": ""}, 422), ({"kind": "gold"}, 422)):
        refused = await service.client.post(address, data=form | wrong)
        assert (refused.status, refused.content_type) == (status, "text/html")
    assert (await service.client.post(address, json=form)).status == 415
    assert (await service.client.post(f"/s/{'A' * 44}/request", data=form)).status == 404
