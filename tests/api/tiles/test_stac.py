"""STAC of links: valid, with addresses that work and end, and no more than what the link shares."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pystac
import pytest
import shapely
from pystac_client.stac_api_io import StacApiIO
from stac_pydantic import Collection as CollectionModel
from stac_pydantic import Item as ItemModel

from tests.conftest import PASSWORD
from tests.mosaics import ZOOM, write_at
from tiling.models import TileAddress

if TYPE_CHECKING:
    from tests.conftest import Installation

OPEN = {"X-Share-Password": PASSWORD}
AREA = {"type": "Polygon", "coordinates": [[[-78, 24], [-77.5, 25], [-77, 24], [-78, 24]]]}


async def stac(service: Installation, link: Any, **query: str) -> Any:
    answer = await service.client.get(f"/s/{link['token']}/stac", headers=OPEN, params=query)
    assert answer.status == 200, await answer.text()
    assert (answer.headers["X-Metered"], answer.headers["Cache-Control"]) == ("0", "private, no-store")
    return await answer.json(content_type=None)


async def follow(service: Installation, href: str) -> Any:
    """Ask for an address without anything that it has not itself."""
    return await service.client.get("/s/" + href.partition("/s/")[2])


def rels(document: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def check_item(document: Any) -> None:
    ItemModel.model_validate(document)
    item = pystac.Item.from_dict(document)
    assert item.geometry is not None
    assert item.bbox is not None
    west, south, east, north = shapely.geometry.shape(item.geometry).bounds
    assert (item.bbox[1], item.bbox[3]) == pytest.approx((south, north))
    if item.bbox[0] < item.bbox[2]:
        assert (item.bbox[0], item.bbox[2]) == pytest.approx((west, east))


async def test_an_item_is_valid_and_all_its_addresses_work(service: Installation) -> None:
    licence, period = {"id": "CC-BY-4.0"}, "2026-06-01T00:00:00Z/2026-06-02T00:00:00Z"
    item = await service.add_item(attribution='© NOAA "x"', license=licence, datetime=period)
    link = await service.add_link(item, permission="download", name="Bahamas", description="From above")
    document = await stac(service, link)
    check_item(document)
    properties = document["properties"]
    assert (properties["start_datetime"], properties["end_datetime"]) == tuple(period.split("/"))
    assert (properties["title"], properties["description"]) == ("Bahamas", "From above")
    assert (properties["license"], properties["providers"]) == ("CC-BY-4.0", [{"name": '© NOAA "x"'}])
    assert (properties["proj:code"], properties["proj:shape"]) == ("EPSG:32618", [718, 791])
    assert [band["data_type"] for band in properties["bands"]] == ["uint8"] * 3
    found = rels(document)
    assert "CC-BY-4.0" in found["license"]
    for rel in ("self", "root", "tilejson", "wmts"):
        assert (await follow(service, found[rel])).status == 200, rel
    tile = found["xyz"].replace("{z}", "8").replace("{x}", "72").replace("{y}", "110")
    assert (await follow(service, tile)).content_type == "image/png"
    assert (await follow(service, document["assets"]["thumbnail"]["href"])).content_type == "image/png"
    data = await follow(service, document["assets"]["data"]["href"])
    assert await data.read() == (service.root / "RGB.byte.tif").read_bytes()
    operation = await service.post("share.stac.get", {}, token=link["token"], password=PASSWORD)
    assert operation.status == 200


async def test_its_addresses_end_with_the_link(service: Installation) -> None:
    link = await service.add_link(permission="download")
    document = await stac(service, link)
    hrefs = [each["href"] for each in document["links"] if each["rel"] != "license"]
    hrefs += [asset["href"] for asset in document["assets"].values()]
    await service.ask("share.link.update", link_id=link["id"], password="quite another password")
    for href in hrefs:
        path = href.replace("{z}", "8").replace("{x}", "72").replace("{y}", "110")
        assert (await follow(service, path)).status == 401, href
    await service.ask("share.link.revoke", link_id=link["id"])
    assert (await service.client.get(f"/s/{link['token']}/stac", headers=OPEN)).status == 410


@pytest.mark.parametrize("limits", [{}, {"area": AREA}, {"max_zoom": 8}, {"watermark": "x"}], ids=str)
async def test_the_file_is_told_of_only_where_it_is_given(service: Installation, limits: dict[str, Any]) -> None:
    for permission in ("view", "download"):
        link = await service.add_link(permission=permission, **limits)
        document = await stac(service, link)
        check_item(document)
        assert ("data" in document["assets"]) is (permission == "download" and not limits)


async def test_no_more_is_told_than_the_shared_area(service: Installation) -> None:
    document = await stac(service, await service.add_link(area=AREA))
    told, shared = shapely.geometry.shape(document["geometry"]), shapely.geometry.shape(AREA)
    assert shared.buffer(1e-9).contains(told)
    assert shared.buffer(1e-9).envelope.contains(shapely.box(*document["bbox"]))
    assert "proj:shape" not in document["properties"]


async def test_a_collection_leads_to_its_items(service: Installation) -> None:
    items = []
    for number, x in enumerate((2200, 2201)):
        address = TileAddress(z=ZOOM, x=x, y=1400)
        write_at(service.root / f"{number}.tif", address, np.full((3, 64, 64), 100, np.uint8))
        moment = f"2026-0{number + 1}-01T00:00:00Z"
        items.append(await service.add_item(path=f"{number}.tif", name=f"Part {number}", datetime=moment))
    collection = await service.ask(
        "collection.create",
        project_id=service.account.project_id,
        name="Both",
        item_ids=[item["id"] for item in items],
    )
    link = await service.add_link(collection, target_type="collection", permission="download")
    document = await stac(service, link)
    CollectionModel.model_validate(document)
    pystac.Collection.from_dict(document)
    assert document["extent"]["temporal"]["interval"] == [["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]]
    hrefs = [each["href"] for each in document["links"] if each["rel"] == "item"]
    found = [await (await follow(service, href)).json(content_type=None) for href in hrefs]
    assert [each["id"] for each in found] == [item["id"] for item in items]
    for each in found:
        check_item(each)
        assert each["collection"] == document["id"]
        assert (await follow(service, rels(each)["parent"])).status == 200
        assert (await follow(service, each["assets"]["data"]["href"])).status == 200
        assert (await follow(service, rels(each)["tilejson"])).status == 200
    january = await stac(service, link, datetime="2026-01-01T00:00:00Z/2026-01-02T00:00:00Z")
    assert len([each for each in january["links"] if each["rel"] == "item"]) == 1


async def test_pystac_client_reads_it_by_its_address(service: Installation) -> None:
    link = await service.add_link(permission="download")
    document = await stac(service, link)
    href = str(service.client.make_url("/s/" + rels(document)["self"].partition("/s/")[2]))

    def read() -> pystac.Item:
        return pystac.Item.from_file(href, stac_io=StacApiIO())

    item = await asyncio.to_thread(read)
    assert item.assets["data"].href.startswith(link["url"])


async def test_what_has_no_time_is_of_when_it_was_registered(service: Installation) -> None:
    item = await service.add_item()
    document = await stac(service, await service.add_link(item))
    assert document["properties"]["datetime"] == document["properties"]["created"]


async def test_refusals_are_those_of_other_addresses(service: Installation) -> None:
    (service.root / "note.txt").write_text("x")
    note = await service.add_item(path="note.txt", kind="text")
    link = await service.add_link(note)
    answers = {}
    for name in ("stac", "tilejson.json"):
        wrong = await service.client.get(f"/s/{link['token']}/{name}", headers={"X-Share-Password": "not the password"})
        nothing = await service.client.get(f"/s/{link['token']}/{name}", headers=OPEN)
        answers[name] = [(each.status, (await each.json())["code"]) for each in (wrong, nothing)]
    assert answers["stac"] == answers["tilejson.json"]
    elsewhere = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    assert (await service.post("share.link.create", dry_run=True, area=elsewhere)).status == 422
