"""Quarantine as sharers and recipients meet it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from service.accounts.bootstrap import issue_key
from service.accounts.members import Role
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

PATH = "RGB.byte.tif"
HEADERS = {"X-Share-Password": PASSWORD}


async def put_into_quarantine(service: Installation) -> None:
    """Have two processes die of the raster, as far as anybody knows."""
    source = await service.services.images.sources.look("files", PATH)
    for _ in range(2):
        await service.services.threads.quarantine.blame([source])


async def test_what_is_in_quarantine_is_refused_in_every_way_and_the_item_says_so(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    assert not item["quarantined"]
    address = f"/s/{link['token']}"
    tile = f"{address}/preview.png"
    assert (await service.client.get(tile, headers=HEADERS)).status == 200

    await put_into_quarantine(service)

    for path in (tile, f"{address}/9/147/217.png"):
        response = await service.client.get(path, headers=HEADERS)
        assert response.status == 502
        assert (await response.json())["code"] == "quarantined"
    for operation, fields in (("statistics", {}), ("point", {"lon": -77.0, "lat": 25.0}), ("legend", {})):
        body: dict[str, Any] = {"token": link["token"], "password": PASSWORD, **fields}
        assert (await service.post(f"share.tile.{operation}", **body)).status == 502
    again = await service.post("item.create", project_id=service.account.project_id, root="files", path=PATH)
    assert (again.status, (await again.json())["code"]) == (502, "quarantined")
    assert (await service.ask("item.get", item_id=item["id"]))["quarantined"]
    assert [one["quarantined"] for one in (await service.ask("item.list"))["items"]] == [True]


async def test_an_administrator_lifts_it_and_no_editor_does(service: Installation) -> None:
    item = await service.add_item()
    await put_into_quarantine(service)
    accounts = service.services.accounts.store
    editor = await accounts.create_user("editor@example.org", "E")
    await accounts.set_member(service.account.project_id, editor, Role.EDITOR)
    key = await issue_key(accounts, replace(service.account, user_id=editor), "test")
    refused = await service.post("item.quarantine.lift", {"Authorization": f"Bearer {key}"}, item_id=item["id"])
    assert refused.status == 403
    assert (await service.ask("item.get", item_id=item["id"]))["quarantined"]
    assert not (await service.ask("item.quarantine.lift", item_id=item["id"]))["quarantined"]
    link = await service.add_link(item)
    assert (await service.client.get(f"/s/{link['token']}/preview.png", headers=HEADERS)).status == 200


async def test_another_version_is_not_in_quarantine(service: Installation) -> None:
    item = await service.add_item()
    await put_into_quarantine(service)
    os.utime(service.root / PATH, (1, 1))
    again = await service.post("item.create", project_id=service.account.project_id, root="files", path=PATH)
    assert again.status == 200
    assert item["id"] != (await again.json())["id"]


async def test_other_workers_hear_of_it(install: Callable[..., Awaitable[Installation]]) -> None:
    one, other = await install(), await install()
    await one.add_item()
    await put_into_quarantine(one)
    await other.services.threads.quarantine.load()
    assert not other.services.threads.quarantine.is_empty
