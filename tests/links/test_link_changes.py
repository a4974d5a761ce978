"""Suspending, resuming and rotating a link, and what becomes of its keys."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from service.links.records.record_cache import _Known
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation


async def key_of(service: Installation, link: Any) -> str:
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    return str((await opened.json())["key"])


async def told(service: Installation, link: Any, *, path: str = "info", **headers: str) -> str:
    """The code of what a recipient is told; empty where all is well."""
    response = await service.client.get(f"/s/{link['token']}/{path}", headers=headers)
    return "" if response.status in {200, 204} else str((await response.json())["code"])


async def test_a_suspended_link_is_410_for_all_and_its_keys_work_again_when_it_is_resumed(
    service: Installation,
) -> None:
    link = await service.add_link()
    key = {"X-Share-Key": await key_of(service, link)}
    suspended = await service.ask("share.link.suspend", link_id=link["id"])
    assert suspended["status"] == "suspended"
    for headers in (key, {"X-Share-Password": PASSWORD}, {"X-Share-Password": "wrong"}, {}):
        for path in ("info", "tilejson.json", "preview.png", "8/72/110.png"):
            assert await told(service, link, path=path, **headers) == "share_suspended"
    assert (await service.ask("share.link.suspend", link_id=link["id"]))["status"] == "suspended"
    for _ in range(2):
        assert (await service.ask("share.link.resume", link_id=link["id"]))["status"] == "active"
        for path in ("info", "tilejson.json", "preview.png", "8/72/110.png"):
            assert await told(service, link, path=path, **key) == ""


async def test_a_rotated_link_has_a_new_address_and_no_keys(service: Installation) -> None:
    link = await service.add_link(max_views=5)
    key = await key_of(service, link)
    response = await service.post("share.link.rotate", link_id=link["id"])
    rotated = await response.json()
    assert response.headers["Location"] == rotated["url"]
    assert rotated["url"].endswith(rotated["token"])
    assert (rotated["id"], rotated["view_count"], rotated["remaining_views"]) == (link["id"], 1, 4)
    assert rotated["token"] != link["token"]
    assert await told(service, link, **{"X-Share-Key": key}) == "share_not_found"
    assert await told(service, link, **{"X-Share-Password": PASSWORD}) == "share_not_found"
    assert await told(service, rotated, **{"X-Share-Key": key}) == "key_invalid"
    assert await told(service, rotated, **{"X-Share-Key": await key_of(service, rotated)}) == ""
    again = await service.ask("share.link.rotate", link_id=link["id"])
    assert len({link["token"], rotated["token"], again["token"]}) == 3
    assert (await service.ask("share.link.get", link_id=link["id"]))["token"] == again["token"]


@pytest.mark.parametrize("operation", ["share.link.suspend", "share.link.resume", "share.link.rotate"])
async def test_a_revoked_link_stays_revoked(service: Installation, operation: str) -> None:
    link = await service.add_link()
    await service.ask("share.link.revoke", link_id=link["id"])
    response = await service.post(operation, link_id=link["id"])
    assert response.status == 409
    assert (await response.json())["code"] == "link_not_active"
    assert await told(service, link, **{"X-Share-Password": PASSWORD}) == "share_revoked"


async def test_a_new_name_disturbs_nobody(service: Installation) -> None:
    """Also where our record is older than what the meter knows: the words of a link admit nobody."""
    link = await service.add_link()
    key = {"X-Share-Key": await key_of(service, link)}
    records = service.services.records.links
    before = await records.get(link["id"])
    assert before is not None
    await service.ask("share.link.update", link_id=link["id"], name="Another name", max_renders=100)
    for path in ("preview.png", "8/72/110.png", "info", "preview.png?size=100"):
        records._memory.clear()
        records._remember(_Known(before, time.monotonic()))
        assert await told(service, link, path=path, **key) == ""
