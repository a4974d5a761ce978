"""Tiles in other grids than web mercator's: by address and by POST, as a link offers them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from service.composition.services import open_services
from service.errors import Misconfigured
from tests.conftest import PASSWORD, Installation
from tests.polar import write_polar
from tests.tiling.grids import own_set
from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import ClientResponse

HEADERS = {"X-Share-Password": PASSWORD}
ARCTIC = "UPSArcticWGS84Quad"
POLE = (4, 7, 8)
"""z, x and y of the arctic tile whose upper right corner is the North Pole."""


async def add(service: Installation, name: str = "polar.tif", **fields: Any) -> Any:
    fields = {"project_id": service.account.project_id, "root": "files", "path": name, **fields}
    return await service.ask("item.create", **fields)


async def add_polar(service: Installation) -> Any:
    write_polar(service.root / "polar.tif")
    return await add(service)


async def get(service: Installation, link: Any, path: str, **headers: str) -> ClientResponse:
    return await service.client.get(f"/s/{link['token']}/{path}", headers={**HEADERS, **headers})


async def code_of(response: ClientResponse) -> tuple[int, str, str | None]:
    problem = await response.json()
    return response.status, problem["code"], problem.get("field")


async def offered(service: Installation, link: Any) -> list[str]:
    return list((await service.ask("share.link.get", link_id=link["id"]))["tile_matrix_sets"])


def pole(grid: str = ARCTIC, ending: str = ".png") -> str:
    z, x, y = POLE
    return f"tiles/{grid}/{z}/{x}/{y}{ending}"


async def image_of(response: ClientResponse) -> Any:
    assert response.status == 200, await response.text()
    return np.asarray(Image.open(io.BytesIO(await response.read())).convert("RGBA")).astype(int)


async def test_a_polar_raster_shows_a_filled_pole(service: Installation) -> None:
    link = await service.add_link(await add_polar(service))
    assert await offered(service, link) == ["WebMercatorQuad", ARCTIC]
    answer = await get(service, link, pole())
    image = await image_of(answer)
    assert image.shape == (256, 256, 4)
    assert (image[..., 3] == 255).all()
    assert image[0, 255, 0] > 250  # the pole itself
    assert (await get(service, link, pole(), **{"If-None-Match": answer.headers["ETag"]})).status == 304
    twice = await image_of(await get(service, link, pole(ending="@2x.webp")))
    assert twice.shape == (512, 512, 4)
    assert (await service.usage())["renders"] == 2


async def test_web_mercator_by_name_is_the_same_tile(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    assert await offered(service, link) == ["WebMercatorQuad"]
    answers = [await get(service, link, f"{start}7/36/54.png") for start in ("", "tiles/WebMercatorQuad/")]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert await answers[0].read() == await answers[1].read()


@pytest.mark.parametrize("name", ["UPSAntarcticWGS84Quad", "Nowhere", "webmercatorquad", "WorldCRS84Quad"])
async def test_a_grid_that_the_link_does_not_offer_is_not_found(lasting: Installation, name: str) -> None:
    link = await lasting.add_link(await add_polar(lasting))
    answer = await get(lasting, link, pole(name))
    assert await code_of(answer) == (404, "tile_matrix_set_not_found", "tile_matrix_set")
    stranger = await lasting.client.get(f"/s/{link['token']}/{pole(name)}")
    assert (await code_of(stranger))[:2] == (401, "password_required")


@pytest.mark.parametrize(
    ("place", "field"),
    [("3/8/0", "x"), ("3/0/8", "y"), ("25/0/0", "z"), ("-1/0/0", "z"), ("--1/0/0", "z"), ("3/x/0", "x")],
)
async def test_an_address_outside_of_the_grid_is_refused(lasting: Installation, place: str, field: str) -> None:
    link = await lasting.add_link(await add_polar(lasting))
    answer = await get(lasting, link, f"tiles/{ARCTIC}/{place}.png")
    assert await code_of(answer) == (422, "tile_address_invalid", field)


async def test_a_grid_is_refused_that_the_raster_cannot_be_brought_to(service: Installation) -> None:
    item = await add_polar(service)
    fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    for name, reason in (("NZTM2000Quad", "nothing of it lies in that grid"), ("Nowhere", "There is no")):
        answer = await service.post("share.link.create", **fields, tile_matrix_sets=[name])
        problem = await answer.json()
        assert (answer.status, problem["code"], problem["field"]) == (422, "field_invalid", "tile_matrix_sets")
        assert reason in problem["detail"]


async def test_a_change_gives_and_takes_grids(service: Installation) -> None:
    link = await service.add_link(await add_polar(service), tile_matrix_sets=["WorldCRS84Quad"])
    assert await offered(service, link) == ["WebMercatorQuad", "WorldCRS84Quad"]
    assert (await get(service, link, pole())).status == 404
    for asked, expected in (
        ([ARCTIC], ["WebMercatorQuad", ARCTIC]),
        (None, ["WebMercatorQuad", ARCTIC]),
        ([], ["WebMercatorQuad"]),
    ):
        changed = await service.ask("share.link.update", link_id=link["id"], tile_matrix_sets=asked)
        assert changed["tile_matrix_sets"] == expected
        assert (await get(service, link, pole())).status == (200 if ARCTIC in expected else 404)


async def test_area_watermark_and_zooms_hold_in_every_grid(service: Installation) -> None:
    item = await add_polar(service)
    west = {"type": "Polygon", "coordinates": [[[-180, 60], [-45, 60], [-45, 90], [-180, 90], [-180, 60]]]}
    plain, half = await service.add_link(item), await service.add_link(item, area=west)
    marked, coarse = await service.add_link(item, watermark="Draft"), await service.add_link(item, max_zoom=4)
    whole, cut = await image_of(await get(service, plain, pole())), await image_of(await get(service, half, pole()))
    assert 0.4 < (cut[..., 3] > 0).mean() < 0.6
    assert (cut[..., :3][cut[..., 3] == 0] == 0).all()
    assert (cut[cut[..., 3] > 0] == whole[cut[..., 3] > 0]).all()
    drawn = await image_of(await get(service, marked, pole()))
    assert 0.005 < (drawn != whole).any(axis=2).mean() < 0.5
    refused = await get(service, coarse, pole())
    assert await code_of(refused) == (403, "permission_denied", "z")
    assert (await get(service, coarse, f"tiles/{ARCTIC}/3/3/4.png")).status == 200


async def test_a_post_renders_the_same_tile(service: Installation) -> None:
    link = await service.add_link(await add_polar(service))
    z, x, y = POLE
    body = {"token": link["token"], "password": PASSWORD, "z": z, "x": x, "y": y}
    answer = await service.post("share.tile.render", {}, **body, tile_matrix_set=ARCTIC)
    assert await answer.read() == await (await get(service, link, pole())).read()
    refused = await service.post("share.tile.render", {}, **body, tile_matrix_set="Nowhere")
    assert await code_of(refused) == (404, "tile_matrix_set_not_found", "tile_matrix_set")


async def test_an_empty_tile_is_as_large_as_its_matrix_has_them(service: Installation) -> None:
    write(service.root / "small.tif", np.ones((64, 64), np.uint8))
    link = await service.add_link(await add(service, "small.tif"), tile_matrix_sets=["CDB1GlobalGrid"])
    assert (await get(service, link, "tiles/CDB1GlobalGrid/-4/0/0.png")).status == 204
    image = await image_of(await get(service, link, "tiles/CDB1GlobalGrid/-4/0/0.png?empty=transparent"))
    assert image.shape == (64, 64, 4)
    assert await code_of(await get(service, link, "tiles/CDB1GlobalGrid/1/0/0@2x.png")) == (
        422,
        "field_invalid",
        "tilesize",
    )


async def test_a_mosaic_is_had_in_every_grid(service: Installation) -> None:
    item = await add_polar(service)
    fields = {"project_id": service.account.project_id, "name": "Polar", "item_ids": [item["id"]]}
    collection = await service.ask("collection.create", **fields)
    one, many = await service.add_link(item), await service.add_link(collection, target_type="collection")
    assert await offered(service, many) == ["WebMercatorQuad", ARCTIC]
    images = [await image_of(await get(service, link, pole())) for link in (one, many)]
    assert (images[0] == images[1]).all()


async def test_wmts_lists_all_grids_that_it_has_words_for(service: Installation) -> None:
    item = await add_polar(service)
    link = await service.add_link(item, tile_matrix_sets=[ARCTIC, "GNOSISGlobalGrid", "WorldCRS84Quad"])
    text = await (await get(service, link, "WMTSCapabilities.xml")).text()
    for name in ("WebMercatorQuad", ARCTIC, "WorldCRS84Quad"):
        assert f"<TileMatrixSet>{name}</TileMatrixSet>" in text
        assert f"<ows:Identifier>{name}</ows:Identifier>" in text
    assert "GNOSIS" not in text
    assert "/tiles/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.png" in text
    assert "<ScaleDenominator>57340818.05</ScaleDenominator><TopLeftCorner>-14440759.350252 18440759.350252" in text


@pytest.mark.may_hold_the_loop
async def test_an_operators_own_grid_is_offered_and_preferred(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    (tmp_path / "grids").mkdir()
    (tmp_path / "grids" / "any.json").write_text(own_set("PolarNorth").model_dump_json(exclude_none=True))
    service = await install(tms_dir=tmp_path / "grids")
    link = await service.add_link(await add_polar(service))
    assert await offered(service, link) == ["WebMercatorQuad", "PolarNorth"]
    image = await image_of(await get(service, link, "tiles/PolarNorth/0/0/0.png"))
    assert image[128, 128, 3] == 255
    assert image[0, 0, 3] == 0


async def test_a_grid_that_cannot_be_used_is_told_at_the_start(service: Installation, tmp_path: Path) -> None:
    (tmp_path / "grids").mkdir()
    definition = json.loads(own_set("PolarNorth").model_dump_json(exclude_none=True))
    definition["tileMatrices"][3]["tileWidth"] = 4096
    (tmp_path / "grids" / "mine.json").write_text(json.dumps(definition))
    settings = service.settings.model_copy(update={"tms_dir": tmp_path / "grids"})
    with pytest.raises(Misconfigured, match=r"TILEGATE_TMS_DIR: mine\.json: .*1024 pixels"):
        async with open_services(settings):
            pass
