"""A link that shares an area: nothing of what lies outside leaves, whichever way it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mercantile
import pytest
import shapely

from tests.api.test_collections import add_collection, add_gray, ask_tile, place, share
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import PASSWORD
from tests.tiling.raster_zoo import decode
from tiling.models import RenderedTile

if TYPE_CHECKING:
    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}


def polygon(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A box as GeoJSON."""
    return {"type": "Polygon", "coordinates": [list(shapely.box(west, south, east, north).exterior.coords)]}


def western_half(item: Any) -> tuple[float, float, float, float]:
    west, south, east, north = item["bounds"]
    return west, south, (west + east) / 2, north


async def picture(service: Installation, path: str, **query: str) -> Any:
    response = await service.client.get(path, params=query, headers=HEADERS)
    assert response.status == 200, await response.text()
    return decode(RenderedTile(body=await response.read(), media_type="", width=0, height=0))


async def test_tiles_previews_and_descriptions_end_with_the_area(service: Installation) -> None:
    item = await service.add_item()
    box = western_half(item)
    _west, south, east, north = item["bounds"]
    whole, half = await service.add_link(item), await service.add_link(item, area=polygon(*box))
    tilejson = await tilejson_of(service, half)
    assert tilejson["bounds"] == pytest.approx(box)
    assert box[0] < tilejson["center"][0] < box[2]

    cut = mercantile.tile(box[2], (south + north) / 2, item["maxzoom"])
    paths = [f"/s/{link['token']}/{cut.z}/{cut.x}/{cut.y}.png" for link in (whole, half)]
    full, left = [await picture(service, path) for path in paths]
    border = round(
        (box[2] - mercantile.bounds(cut).west) / (mercantile.bounds(cut).east - mercantile.bounds(cut).west) * 256
    )
    assert 0 < border < 256
    assert (left[:, :border] == full[:, :border]).all()
    assert full[:, border:, 3].any()
    assert not left[:, border:].any()

    before = await service.usage()
    outside = mercantile.tile((box[2] + east) / 2, (south + north) / 2, item["maxzoom"] + 2)
    path = f"/s/{half['token']}/{outside.z}/{outside.x}/{outside.y}.png"
    response = await service.client.get(path, headers=HEADERS)
    assert (response.status, response.headers["X-Metered"]) == (204, "0")
    assert (await service.usage())["renders"] == before["renders"]

    preview = await picture(service, f"/s/{half['token']}/preview.png", size="100")
    assert preview.shape[0] == 100
    assert preview[..., 3].any(axis=0).mean() > 0.9
    info = await (await service.client.get(f"/s/{half['token']}/info", headers=HEADERS)).json()
    assert info["bounds"] == pytest.approx(box)
    assert (info["width"], info["height"]) == (None, None)
    opened = await (await service.post("share.link.validate", {}, token=half["token"], password=PASSWORD)).json()
    assert opened["bounds"] == pytest.approx(box)
    assert str(east) not in str(opened) + str(info) + str(tilejson)


async def test_an_area_is_checked_and_a_new_one_ends_keys_and_cached_tiles(service: Installation) -> None:
    item = await service.add_item()
    for area, why in (
        (polygon(0, 0, 1, 1), "does not intersect the target"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "Self-intersection"),
        ({"type": "Point", "coordinates": [0, 0]}, "Polygon"),
    ):
        response = await service.post(
            "share.link.create",
            target_type="item",
            target_id=item["id"],
            password=PASSWORD,
            expires_in_hours=1,
            area=area,
        )
        problem = await response.json()
        assert (response.status, problem["field"]) == (422, "area"), problem
        assert why.lower() in problem["detail"].lower()

    link = await service.add_link(item)
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    first = await service.client.get(path)
    await service.ask("share.link.update", link_id=link["id"], area=polygon(*western_half(item)))
    assert (await service.client.get(path)).status == 401
    bare = path.split("?")[0]
    again = await service.client.get(bare, headers=HEADERS | {"If-None-Match": first.headers["ETag"]})
    assert again.status == 200
    assert again.headers["ETag"] != first.headers["ETag"]
    assert await again.read() != await first.read()
    await service.ask("share.link.update", link_id=link["id"], area=None)
    back = await service.client.get(bare, headers=HEADERS)
    assert back.headers["ETag"] == first.headers["ETag"]


async def test_a_collection_tells_and_shows_only_what_lies_in_the_area(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 1), await add_gray(service, 30, 9)]
    west, south, _, north = place(0).lonlat_bounds
    middle = place(1).lonlat_bounds
    box = (west, south, (middle[0] + middle[2]) / 2, north)
    link = await share(service, await add_collection(service, *ids), area=polygon(*box))
    info = await (await service.client.get(f"/s/{link['token']}/info", headers=HEADERS)).json()
    assert [row["id"] for row in info["items"]] == ids[:2]
    assert info["item_count"] == 2
    assert info["bounds"] == pytest.approx(box)
    assert info["items"][1]["bounds"] == pytest.approx([middle[0], south, box[2], north])
    assert (await ask_tile(service, link, 0)).status == 200
    second = decode(
        RenderedTile(body=await (await ask_tile(service, link, 1)).read(), media_type="", width=0, height=0)
    )
    assert second[128, [20, 200], 3].tolist() == [255, 0]
    (service.root / "30.tif").unlink()
    gone = await ask_tile(service, link, 9)
    assert gone.status == 204
    picked = await ask_tile(service, link, 9, item=ids[2])
    assert (picked.status, (await picked.json())["code"]) == (404, "target_not_found")
    assert (await ask_tile(service, link, 0, item=ids[0])).status == 200
