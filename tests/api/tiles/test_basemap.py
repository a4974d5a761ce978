"""The operator's base map: for whoever opened a link, at nobody's expense, and nothing else of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.archives import vector_archive
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

TILE = "basemap/7/36/54.png"
"""Over the Bahamas."""


@pytest.fixture
async def service(install: Callable[..., Awaitable[Installation]]) -> Installation:
    """A service with a base map, and a link to another raster."""
    before = await install()
    item = await before.add_item(name="Base")
    return await install(basemap=item["id"])


async def another(service: Installation, **fields: Any) -> Any:
    return await service.add_link(await service.add_item("shade.tif"), **fields)


async def opened(service: Installation, link: Any) -> Any:
    headers = {"X-Share-Password": PASSWORD, "Accept": "application/json"}
    return await (await service.client.get(f"/s/{link['token']}", headers=headers)).json()


async def test_it_is_drawn_for_whoever_opened_a_link_and_not_billed(service: Installation) -> None:
    link = await another(service, max_renders=1, area=None, watermark="Draft")
    page = await opened(service, link)
    assert page["basemap"]["tiles"] == f"{service.settings.base_url}/s/{link['token']}/basemap/{{z}}/{{x}}/{{y}}.webp"
    west, south, east, north = page["basemap"]["bounds"]
    assert (west < -77, south < 25, east > -78, north > 24) == (True, True, True, True)
    path, key = f"/s/{link['token']}/{TILE}", {"X-Share-Key": page["key"]}
    for _ in range(3):
        answer = await service.client.get(path, headers=key)
        assert (answer.status, answer.headers["X-Metered"]) == (200, "0")
    assert np.ptp(np.asarray(Image.open(io.BytesIO(await answer.read())).convert("RGB"))) > 100
    held = await service.client.get(path, headers={**key, "If-None-Match": answer.headers["ETag"]})
    assert held.status == 304
    usage = await service.usage()
    assert (usage["renders"], usage["bytes"], usage["pixels"]) == (0, 0, 0)
    events = (await service.ask("share.link.events", link_id=link["id"]))["events"]
    assert {event["kind"] for event in events} == {"unlock"}


async def test_it_is_for_nobody_else(service: Installation) -> None:
    link = await another(service, allowed_origins=["https://maps.example"])
    page = await opened(service, link)
    path, key = f"/s/{link['token']}/{TILE}", {"X-Share-Key": page["key"]}
    service.client.session.cookie_jar.clear()
    assert (await service.client.get(path)).status == 401
    assert (await service.client.get(f"/s/{'A' * 44}/{TILE}", headers=key)).status == 404
    assert (await service.client.get(path, headers={**key, "Origin": "https://elsewhere.example"})).status == 403
    assert (await service.client.get(path, headers=key)).status == 200
    assert (await service.client.head(path, headers=key)).status == 200
    for wrong in ("basemap/7/36/54.tif", "basemap/7/999/54.png", "basemap/7/-1/54.png", "basemap/99/0/0.png"):
        assert (await service.client.get(f"/s/{link['token']}/{wrong}", headers=key)).status == 422, wrong
    await service.ask("share.link.revoke", link_id=link["id"])
    assert (await service.client.get(path, headers=key)).status == 410


async def test_nothing_else_of_it_is_shared(service: Installation) -> None:
    link = await another(service, permission="download")
    key = {"X-Share-Key": (await opened(service, link))["key"]}
    hidden = service.settings.basemap
    for path in ("info", "tilejson.json", "7/36/54.png", "statistics", "files", "content"):
        answer = await service.client.get(f"/s/{link['token']}/{path}?item={hidden}", headers=key)
        assert answer.status in {403, 404}, path


async def test_one_that_is_gone_is_no_basemap(service: Installation) -> None:
    link = await another(service)
    await service.ask("item.delete", item_id=service.settings.basemap)
    page = await opened(service, link)
    assert page["basemap"] is None
    answer = await service.client.get(f"/s/{link['token']}/{TILE}", headers={"X-Share-Key": page["key"]})
    assert (answer.status, (await answer.json())["code"]) == (404, "target_not_found")


async def test_an_id_of_nothing_is_logged_at_the_start(
    install: Callable[..., Awaitable[Installation]], caplog: pytest.LogCaptureFixture
) -> None:
    service = await install(basemap="itm_nothing")
    assert "TILEGATE_BASEMAP names nothing that can be drawn" in caplog.text
    assert (await opened(service, await another(service)))["basemap"] is None


async def test_a_collection_can_be_one(install: Callable[..., Awaitable[Installation]]) -> None:
    before = await install()
    item = await before.add_item()
    fields = {"project_id": before.account.project_id, "name": "World", "item_ids": [item["id"]]}
    collection = await before.ask("collection.create", **fields)
    service = await install(basemap=collection["id"])
    link = await another(service)
    key = {"X-Share-Key": (await opened(service, link))["key"]}
    answer = await service.client.get(f"/s/{link['token']}/{TILE}", headers=key)
    assert (answer.status, answer.headers["X-Metered"]) == (200, "0")


async def test_an_archive_of_vector_tiles_can_be_one(install: Callable[..., Awaitable[Installation]]) -> None:
    before = await install()
    vector_archive(before.root / "world.pmtiles")
    fields = {"project_id": before.account.project_id, "root": "files", "path": "world.pmtiles"}
    item = await before.ask("item.create", **fields)
    service = await install(basemap=item["id"])
    link = await another(service, watermark="Draft")
    page = await opened(service, link)
    told, key = page["basemap"], {"X-Share-Key": page["key"]}
    assert (told["vector_layers"], told["tilesize"], told["is_sharper"]) == (["roads"], 0, False)
    assert told["attribution"] == "© Makers"
    assert told["tiles"].endswith("{y}.mvt")
    answer = await service.client.get(f"/s/{link['token']}/basemap/0/0/0.mvt", headers=key)
    assert (answer.status, answer.headers["X-Metered"]) == (200, "0")
    assert b"t000" in await answer.read()
    assert (await service.client.get(f"/s/{link['token']}/basemap/0/0/0.png", headers=key)).status == 422
    assert (await service.usage())["renders"] == 0
