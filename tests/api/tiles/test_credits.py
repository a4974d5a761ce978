"""Attribution and licence: given once, shown wherever the thing is, and plain text."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
CREDIT = {"attribution": "© A & Söhne 2026", "license": {"id": "CC-BY-4.0"}}
LINE = "© A & Söhne 2026 · CC-BY-4.0"
COPYRIGHT = 0x8298


async def credited_link(service: Installation, **more: Any) -> tuple[Any, Any]:
    item = await service.add_item()
    changed = await service.ask("item.update", item_id=item["id"], **CREDIT)
    assert changed["attribution"] == CREDIT["attribution"]
    assert changed["license"] == {"id": "CC-BY-4.0", "title": None, "url": None}
    return item, await service.add_link(item, **more)


async def got(service: Installation, link: Any, name: str) -> bytes:
    answer = await service.client.get(f"/s/{link['token']}/{name}", headers=HEADERS)
    assert answer.status == 200, await answer.text()
    return await answer.read()


async def test_documents_for_map_clients_name_it(service: Installation) -> None:
    _, link = await credited_link(service)
    tilejson = await service.ask("share.tilejson", token=link["token"], password=PASSWORD)
    assert tilejson["attribution"] == LINE
    info = await service.ask("share.tile.info", token=link["token"], password=PASSWORD)
    assert (info["attribution"], info["license"]["id"]) == (CREDIT["attribution"], "CC-BY-4.0")
    style = json.loads(await got(service, link, "style.json"))
    assert style["sources"]["tilegate"]["attribution"] == LINE
    capabilities = ET.fromstring(await got(service, link, "WMTSCapabilities.xml"))
    assert capabilities.findtext(".//{*}ServiceIdentification/{*}AccessConstraints") == LINE
    layer = ET.fromstring(await got(service, link, "layer.qlr"))
    assert layer.findtext(".//attribution") == LINE
    assert layer.find(".//attribution").get("href") == "https://spdx.org/licenses/CC-BY-4.0.html"


@pytest.mark.parametrize("name", ["preview.png", "preview.jpg", "preview.webp", "crop.webp?bbox=-77.5,25,-77,25.5"])
async def test_pictures_carry_it(lasting: Installation, name: str) -> None:
    item, link = await credited_link(lasting)
    body = await got(lasting, link, name)
    image = Image.open(io.BytesIO(body))
    image.load()
    said = image.text["Copyright"] if ".png" in name else image.getexif()[COPYRIGHT]  # type: ignore[attr-defined]
    assert said in {LINE, LINE.encode().decode("latin-1")}
    before = (await lasting.client.get(f"/s/{link['token']}/{name}", headers=HEADERS)).headers["ETag"]
    await lasting.ask("item.update", item_id=item["id"], attribution="")
    after = await lasting.client.get(f"/s/{link['token']}/{name}", headers=HEADERS)
    assert after.headers["ETag"] != before


async def test_an_archive_holds_it_as_a_text(service: Installation) -> None:
    _, link = await credited_link(service, permission="download")
    archive = zipfile.ZipFile(io.BytesIO(await got(service, link, "archive.zip")))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {"RGB.byte.tif", "ATTRIBUTION.txt"}
    text = archive.read("ATTRIBUTION.txt").decode()
    assert CREDIT["attribution"] in text
    assert "CC-BY-4.0: https://spdx.org/licenses/CC-BY-4.0.html" in text


async def test_it_can_be_taken_away_and_is_kept_where_it_is_not_named(service: Installation) -> None:
    item, _ = await credited_link(service)
    kept = await service.ask("item.update", item_id=item["id"], name="Another")
    assert kept["license"]["id"] == "CC-BY-4.0"
    gone = await service.ask("item.update", item_id=item["id"], license=None, attribution="")
    assert (gone["license"], gone["attribution"]) == (None, "")


async def test_collections_have_their_own(service: Installation) -> None:
    item = await service.add_item()
    fields = {"project_id": service.account.project_id, "name": "All", "item_ids": [item["id"]]}
    license_ = {"title": "Open Government Licence", "url": "https://example.org/ogl?v=3"}
    made = await service.ask("collection.create", **fields, attribution="Crown", license=license_)
    assert made["license"] == {"id": None, **license_}
    changed = await service.ask("collection.update", collection_id=made["id"], attribution="The Crown")
    assert (changed["attribution"], changed["license"]["title"]) == ("The Crown", "Open Government Licence")


@pytest.mark.parametrize(
    "wrong",
    [
        {"attribution": "<b>me</b>"},
        {"attribution": "a\nb"},
        {"attribution": "safe\u202etxt.exe"},
        {"attribution": "x" * 501},
        {"license": {}},
        {"license": {"id": "CC BY 4.0"}},
        {"license": {"id": "<script>"}},
        {"license": {"title": "Mine"}},
        {"license": {"title": "Mine", "url": "javascript:alert(1)"}},
        {"license": {"title": "Mine", "url": 'https://a.b/"onload='}},
        {"license": {"title": "Mine", "url": "https://user@a.b/"}},
        {"license": {"title": "\u2066Mine", "url": "https://a.b/"}},
        {"license": {"id": "MIT", "other": "x"}},
    ],
    ids=str,
)
async def test_what_is_no_plain_text_is_refused_by_name(lasting: Installation, wrong: dict[str, Any]) -> None:
    item = await lasting.add_item()
    answer = await lasting.post("item.update", item_id=item["id"], **wrong)
    problem = await answer.json()
    assert (answer.status, problem["code"]) == (422, "field_invalid")
    assert problem["field"].startswith(next(iter(wrong)))
