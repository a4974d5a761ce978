"""The time of items: which of a collection are drawn, for whom, and what maps are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.conftest import PASSWORD, Installation

if TYPE_CHECKING:
    from aiohttp import ClientResponse

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z/2026-07-31T00:00:00Z"
TILE = "7/36/55.png"


async def shared(service: Installation) -> Any:
    early = await service.add_item(datetime=EARLY)
    (service.root / "late.tif").write_bytes((service.root / early["path"]).read_bytes())
    late = await service.ask(
        "item.create", project_id=service.account.project_id, root="files", path="late.tif", datetime=LATE
    )
    made = await service.ask(
        "collection.create", project_id=service.account.project_id, name="Both", item_ids=[early["id"], late["id"]]
    )
    common = {"password": PASSWORD, "expires_in_hours": 1}
    return await service.ask("share.link.create", target_type="collection", target_id=made["id"], **common)


async def get(service: Installation, link: Any, path: str, time: str | None = None, **headers: str) -> ClientResponse:
    mark = "&" if "?" in path else "?"
    query = "" if time is None else f"{mark}datetime={quote(time)}"
    return await service.client.get(
        f"/s/{link['token']}/{path}{query}", headers={"X-Share-Password": PASSWORD, **headers}
    )


async def test_items_have_a_time_that_can_be_changed_and_taken_away(service: Installation) -> None:
    item = await service.add_item(datetime="2026-06-01T02:00:00+02:00")
    assert item["datetime"] == "2026-06-01T00:00:00Z"
    changed = await service.ask("item.update", item_id=item["id"], datetime=LATE)
    assert changed["datetime"] == LATE
    assert (await service.ask("item.update", item_id=item["id"], name="Other"))["datetime"] == LATE
    assert (await service.ask("item.update", item_id=item["id"], datetime=""))["datetime"] is None
    refused = await service.post("item.update", item_id=item["id"], datetime="yesterday")
    assert (refused.status, (await refused.json())["field"]) == (422, "datetime")


async def test_a_tile_shows_the_items_of_a_time(service: Installation) -> None:
    link = await shared(service)
    whole = await get(service, link, TILE)
    early, late = await get(service, link, TILE, EARLY), await get(service, link, TILE, "2026-07-15T00:00:00Z")
    assert [whole.status, early.status, late.status] == [200, 200, 200]
    assert len({answer.headers["ETag"] for answer in (whole, early, late)}) == 3
    again = await get(service, link, TILE, "../2026-02-01T00:00:00Z")
    assert again.headers["ETag"] == early.headers["ETag"]
    held = await get(service, link, TILE, EARLY, **{"If-None-Match": early.headers["ETag"]})
    assert held.status == 304
    assert (await get(service, link, TILE, "2026-03-01T00:00:00Z/2026-04-01T00:00:00Z")).status == 204
    assert (await get(service, link, TILE, "2026-08-01T00:00:00Z/..")).status == 204
    assert (await get(service, link, TILE, "../..")).headers["ETag"] == whole.headers["ETag"]


async def test_previews_and_points_are_of_a_time(service: Installation) -> None:
    link = await shared(service)
    assert (await get(service, link, "preview.png?size=64", EARLY)).status == 200
    assert (await get(service, link, "preview.png?size=64", "2027-01-01T00:00:00Z")).status == 204
    there = await (await get(service, link, "point/-77.5,24.5", EARLY)).json()
    nowhere = await (await get(service, link, "point/-77.5,24.5", "2027-01-01T00:00:00Z")).json()
    assert there["values"]
    assert not nowhere["values"]


async def test_maps_are_told_the_times(service: Installation) -> None:
    link = await shared(service)
    document = await (await get(service, link, "tilejson.json")).json()
    assert document["datetimes"] == [EARLY, LATE]
    of_time = await (await get(service, link, "tilejson.json", EARLY)).json()
    assert f"datetime={quote(EARLY)}" in of_time["tiles"][0]
    info = await (await get(service, link, "info")).json()
    assert [item["datetime"] for item in info["items"]] == [EARLY, LATE]
    wmts = await (await get(service, link, "WMTSCapabilities.xml")).text()
    assert "<ows:Identifier>time</ows:Identifier>" in wmts
    assert f"<Default>../..</Default><Value>../..</Value><Value>{EARLY}</Value><Value>{LATE}</Value>" in wmts
    assert "&amp;datetime={time}" in wmts


@pytest.mark.parametrize("path", [TILE, "preview.png", "tilejson.json", "point/-77.5,24.5", "statistics"])
async def test_what_is_no_time_is_refused(lasting: Installation, path: str) -> None:
    link = await shared(lasting)
    for text in ("yesterday", "2026-01-01", "x" * 3000):
        refused = await get(lasting, link, path, text)
        assert (refused.status, (await refused.json())["field"]) == (422, "datetime"), text


async def test_a_raster_alone_has_no_other_times(service: Installation) -> None:
    link = await service.add_link(await service.add_item(datetime=EARLY))
    refused = await get(service, link, TILE, EARLY)
    assert (refused.status, (await refused.json())["code"]) == (422, "field_invalid")
    assert "datetimes" not in await (await get(service, link, "tilejson.json")).json()
