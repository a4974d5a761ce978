"""What a link adds to its pictures, and what it lets its recipients say of them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import mercantile
import numpy as np
import pytest
from PIL import Image

from tests.api.test_collections import add_collection, add_gray, ask_tile, gray_of, share
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import PASSWORD
from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
CUSTOM = {"bidx": "1", "rescale": "0,100", "colormap_name": "viridis"}


async def image_of(response: ClientResponse) -> Any:
    assert response.status == 200, await response.text()
    return np.asarray(Image.open(io.BytesIO(await response.read())).convert("RGB")).astype(int)


async def test_a_watermark_is_on_every_picture_and_part_of_its_etag(service: Installation) -> None:
    item = await service.add_item()
    plain, marked = await service.add_link(item), await service.add_link(item, watermark="For ACME only 草")
    assert any("草" in warning for warning in marked["warnings"])
    tilejson = await tilejson_of(service, plain)
    tile = mercantile.tile(*tilejson["center"][:2], tilejson["minzoom"])
    for name in (f"{tile.z}/{tile.x}/{tile.y}.png", f"{tile.z}/{tile.x}/{tile.y}@2x.jpg", "preview.webp"):
        answers = [await service.client.get(f"/s/{link['token']}/{name}", headers=HEADERS) for link in (plain, marked)]
        assert answers[0].headers["ETag"] != answers[1].headers["ETag"]
        assert (await image_of(answers[0]) != await image_of(answers[1])).any(axis=2).mean() > 0.005
    await service.ask("share.link.update", link_id=marked["id"], watermark=None)
    answers = [
        await service.client.get(f"/s/{link['token']}/{tile.z}/{tile.x}/{tile.y}.png", headers=HEADERS)
        for link in (plain, marked)
    ]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]


async def test_heights_in_disguise_are_not_given_where_there_is_a_watermark(service: Installation) -> None:
    heights = np.add.outer(np.arange(64.0), np.arange(64.0)).astype(np.float32)
    write(service.root / "dem.tif", heights)
    fields = {"project_id": service.account.project_id, "root": "files", "path": "dem.tif"}
    item = await service.ask("item.create", **fields)
    link = await service.add_link(item, watermark="Draft", custom_render=True)
    profiles = await (await service.client.get(f"/s/{link['token']}/profiles", headers=HEADERS)).json()
    assert [profile["id"] for profile in profiles["profiles"]] == ["relief", "hillshade", "heights"]
    for query in ({"profile": "terrain-rgb"}, {"algorithm": "terrarium"}):
        for path in ("tilejson.json", "preview.png"):
            response = await service.client.get(f"/s/{link['token']}/{path}", params=query, headers=HEADERS)
            assert (response.status, (await response.json())["code"]) == (403, "permission_denied")
    only = await service.add_link(item, watermark="Draft", profiles=["terrain-rgb"])
    response = await service.client.get(f"/s/{only['token']}/preview.png", headers=HEADERS)
    assert response.status == 403


async def test_parameters_are_refused_where_the_link_does_not_allow_them(service: Installation) -> None:
    link = await service.add_link()
    for name, value in {**CUSTOM, "expression": "b1", "algorithm": "hillshade", "nodata": "0", "bands": "1"}.items():
        response = await service.client.get(f"/s/{link['token']}/preview.png", params={name: value}, headers=HEADERS)
        assert (response.status, (await response.json())["code"]) == (403, "permission_denied"), name
    for path in ("tilejson.json", "9/148/223.png"):
        response = await service.client.get(f"/s/{link['token']}/{path}", params=CUSTOM, headers=HEADERS)
        assert response.status == 403
    body = {"token": link["token"], "password": PASSWORD, "render": {"bands": [1]}}
    assert (await service.post("share.tile.preview", {}, **body)).status == 403
    assert (await service.post("share.tile.preview", {}, **body | {"render": {}})).status == 200
    response = await service.client.get(f"/s/{link['token']}/preview.png", params={"whatever": "1"}, headers=HEADERS)
    assert response.status == 200


async def test_a_recipient_says_how_it_is_rendered(service: Installation) -> None:
    link = await service.add_link(custom_render=True)
    render = {"bands": [1], "rescale": [[0, 100]], "colormap": "viridis"}
    tilejson = await tilejson_of(service, link, render=render)
    query = parse_qs(urlsplit(tilejson["tiles"][0]).query)
    assert {name: query[name] for name in ("bidx", "rescale", "colormap")} == {
        "bidx": ["1"], "rescale": ["0.0,100.0"], "colormap": ["viridis"],
    }  # fmt: skip
    path = tile_path(tilejson["tiles"][0], tilejson)
    first, again = await service.client.get(path), await service.client.get(path)
    assert await first.read() == await again.read()
    by_name = await service.client.get(path.split("?")[0], params=CUSTOM, headers=HEADERS)
    assert by_name.headers["ETag"] == first.headers["ETag"]
    default = await service.client.get(path.split("?")[0], headers=HEADERS)
    assert default.headers["ETag"] != first.headers["ETag"]

    colors = json.dumps({str(index): "#ff0000" for index in range(256)})
    for more in ({"expression": "b1+b2"}, {"bidx": "2"}):
        red = await service.client.get(
            f"/s/{link['token']}/preview.png",
            params={**more, "rescale": "0,255", "colormap": colors, "size": "64"},
            headers=HEADERS,
        )
        seen = await image_of(red)
        assert (seen[32, 32] == [255, 0, 0]).all()

    for wrong, field in (
        ({"expression": "os.system"}, "expression"),
        ({"bidx": "9"}, "bands"),
        ({"bidx": "x"}, "bidx"),
        ({"rescale": "1"}, "rescale"),
        ({"rescale": "nan,1"}, "rescale"),
        ({"colormap": "{"}, "colormap"),
        ({"resampling": "best"}, "resampling"),
        ({"algorithm": "none"}, "algorithm"),
        ({"nodata": "x"}, "nodata"),
    ):
        response = await service.client.get(f"/s/{link['token']}/preview.png", params=wrong, headers=HEADERS)
        assert (response.status, (await response.json())["field"]) == (422, field)

    await service.client.get(path)
    await service.ask("share.link.update", link_id=link["id"], custom_render=False)
    assert (await service.client.get(path)).status == 401
    assert (await service.client.get(path.split("?")[0], params=CUSTOM, headers=HEADERS)).status == 403


async def test_no_overview_is_built_for_what_a_recipient_thinks_up(
    service: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = await add_collection(service, *[await add_gray(service, 10 + column, column) for column in range(6)])
    link = await share(service, collection, custom_render=True)
    asked = list[str]()
    overviews = service.services.images.overviews
    of = overviews.of
    monkeypatch.setattr(overviews, "of", lambda *args: asked.append(args[2].id) or of(*args))
    response = await ask_tile(service, link, z=9, rescale="0,20")
    assert response.status == 200
    assert asked == []
    assert await gray_of(await ask_tile(service, link, rescale="0,20")) == 128
    await ask_tile(service, link, z=9)
    assert asked
