"""Values, crops, legends and client files through the running service: who may have what, and who pays."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import rasterio
from PIL import Image
from rasterio.warp import transform

from tests.api.test_collections import add_collection, add_gray, place, share
from tests.api.test_shared_areas import polygon, western_half
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
OGC = {"w": "http://www.opengis.net/wmts/1.0", "ows": "http://www.opengis.net/ows/1.1"}


async def get(service: Installation, link: Any, path: str, **query: str) -> ClientResponse:
    return await service.client.get(f"/s/{link['token']}/{path}", params=query, headers=HEADERS)


async def told(service: Installation, link: Any, path: str, **query: str) -> Any:
    response = await get(service, link, path, **query)
    assert response.status == 200, await response.text()
    assert response.headers["X-Metered"] == str(int(path.startswith(("statistics", "point"))))
    return await response.json()


async def code_of(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json())["code"]


def box_of(*sides: float) -> str:
    return ",".join(map(repr, sides))


async def test_values_are_told_for_a_query_each(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    statistics = await told(service, link, "statistics")
    with rasterio.open(DATA / "RGB.byte.tif") as dataset:
        bands = dataset.read(masked=True)
        column, row = 400, 300
        xs, ys = dataset.transform @ (column + 0.5, row + 0.5)
        lons, lats = transform(dataset.crs, "EPSG:4326", [xs], [ys])
    assert [band["mean"] for band in statistics["bands"]] == pytest.approx([float(band.mean()) for band in bands])
    assert (statistics["approximate"], statistics["completeness"]) == (False, 1.0)
    assert set(statistics["bands"][0]["percentiles"]) == {"2", "25", "50", "75", "98"}
    assert len(statistics["bands"][0]["histogram"]["edges"]) == 11

    expected = [int(value) for value in bands[:, row, column]]
    point = await told(service, link, f"point/{lons[0]!r},{lats[0]!r}")
    assert [value["value"] for value in point["values"]] == expected
    other = await told(service, link, f"point/{xs!r},{ys!r}", crs="EPSG:32618", profile="gray")
    assert [(value["name"], value["value"]) for value in other["values"]] == [("b1", expected[0])]
    assert (await told(service, link, "point/10,10"))["values"] is None
    by_operation = await service.post(
        "share.tile.statistics", {}, token=link["token"], password=PASSWORD, geometry=polygon(*western_half(item))
    )
    half = await by_operation.json()
    west, south, east, north = western_half(item)
    assert half == await told(service, link, "statistics", bbox=box_of(west, south, east, north))
    assert half["bands"][0]["count"] < statistics["bands"][0]["count"]

    legend = await told(service, link, "legend.json")
    assert [entry["label"][:4] for entry in legend["entries"]] == ["Red:", "Gree", "Blue"]
    picture = await get(service, link, "legend.png", profile="gray")
    assert Image.open(io.BytesIO(await picture.read())).format == "PNG"

    for path, query, field in (
        ("point/200,0", {}, "lon"),
        ("point/0,91", {}, "lat"),
        ("point/nan,0", {}, "lon"),
        ("point/x,0", {}, "lon"),
        ("point/0,0", {"crs": "EPSG:999999"}, "crs"),
        ("point/0,0", {"crs": "+proj=merc"}, "crs"),
        ("statistics", {"bbox": "1,2,3"}, "bbox"),
        ("statistics", {"bbox": "1,2,3,1"}, "bbox"),
        ("statistics", {"bbox": "1,2,3,inf"}, "bbox.3"),
        ("statistics", {"bbox": "1,2,300,4"}, "bbox"),
        ("crop.png", {}, "bbox"),
        ("crop.png", {"bbox": "1,2,3,4", "max_size": "0"}, "max_size"),
        ("crop.gif", {"bbox": "1,2,3,4"}, "format"),
    ):
        response = await get(service, link, path, **query)
        problem = await response.json()
        assert (response.status, problem["field"]) == (422, field), (path, query, problem)
    usage = await service.usage()
    assert (usage["renders"], usage["bytes"]) == (0, 0)
    for path in ("statistics", "point/0,0", "crop.png", "legend.png", "style.json"):
        head = await service.client.head(f"/s/{link['token']}/{path}", headers=HEADERS)
        assert (head.status, head.headers["X-Metered"]) == (200, "0")


async def test_an_area_bounds_values_and_crops(service: Installation) -> None:
    item = await service.add_item()
    half = western_half(item)
    west, south, east, north = item["bounds"]
    link = await service.add_link(item, area=polygon(*half), permission="download")
    whole = await service.add_link(item)
    inside = await told(service, link, "statistics")
    assert inside == await told(service, whole, "statistics", bbox=box_of(*half))
    assert inside == await told(service, link, "statistics", bbox=box_of(west - 1, south, east + 1, north))
    middle, beyond = (south + north) / 2, (half[2] + east) / 2
    assert (await get(service, link, f"point/{(west + half[2]) / 2},{middle}")).status == 200
    outside = box_of(beyond, south, east, north)
    for path, query in (
        (f"point/{beyond!r},{middle!r}", {}),
        ("statistics", {"bbox": outside}),
        ("crop.png", {"bbox": outside}),
        ("crop.tif", {"bbox": outside}),
    ):
        assert await code_of(await get(service, link, path, **query)) == (403, "outside_share_area"), path
    across = box_of(half[2] - 0.2, middle - 0.2, half[2] + 0.2, middle + 0.2)
    crop = await get(service, link, "crop.tif", bbox=across)
    assert (crop.status, crop.headers["X-Metered"], crop.content_type) == (200, "1", "image/tiff")
    with rasterio.MemoryFile(await crop.read()) as file, file.open() as dataset:
        xs, _ = transform(dataset.crs, "EPSG:4326", [dataset.bounds.right], [dataset.bounds.bottom])
        assert xs[0] < half[2] + 0.01
        assert dataset.read(1).any()
    picture = await get(service, link, "crop.png", bbox=across, max_size="60")
    assert (await get(service, link, "crop.png", bbox=across, max_size="60")).headers["ETag"] == picture.headers["ETag"]
    image = Image.open(io.BytesIO(await picture.read()))
    assert image.size == (pytest.approx(28, abs=2), 60)
    usage = await service.usage()
    assert (usage["renders"], usage["cached"]) == (3, 0)
    held = {"If-None-Match": picture.headers["ETag"]}
    path = f"/s/{link['token']}/crop.png?bbox={across}&max_size=60"
    assert (await service.client.get(path, headers=HEADERS | held)).status == 304


async def test_values_are_for_those_who_may_have_them(service: Installation) -> None:
    item = await service.add_item()
    box = box_of(*western_half(item))
    view = await service.add_link(item)
    assert await code_of(await get(service, view, "crop.tif", bbox=box)) == (403, "permission_denied")
    assert (await get(service, view, "crop.jpg", bbox=box, max_size="50")).status == 200
    marked = await service.add_link(item, permission="download", watermark="Draft")
    assert await code_of(await get(service, marked, "crop.tif", bbox=box)) == (403, "permission_denied")
    assert (await get(service, marked, "crop.webp", bbox=box, max_size="50")).status == 200
    assert await code_of(await get(service, view, "statistics", expression="b1*2")) == (403, "permission_denied")
    custom = await service.add_link(item, custom_render=True, profiles=["gray"])
    twice = await told(service, custom, "statistics", expression="b1*2")
    once = await told(service, custom, "statistics")
    assert [band["name"] for band in once["bands"]] == ["b1"]
    assert twice["bands"][0]["max"] == 2 * once["bands"][0]["max"]
    assert (await get(service, custom, "statistics", profile="rgb")).status == 404

    coarse = await service.add_link(item, max_zoom=item["maxzoom"] - 3, permission="download")
    fine, rough = await told(service, view, "statistics"), await told(service, coarse, "statistics")
    assert rough["approximate"]
    assert rough["width"] * rough["height"] <= fine["width"] * fine["height"] / 9
    small = [await get(service, coarse, f"crop.{extension}", bbox=box) for extension in ("png", "tif")]
    assert max(Image.open(io.BytesIO(await small[0].read())).size) < 300
    with rasterio.MemoryFile(await small[1].read()) as file, file.open() as dataset:
        assert max(dataset.shape) < 300
    preview = Image.open(io.BytesIO(await (await get(service, coarse, "preview.png", size="2048")).read()))
    assert max(preview.size) < 300


async def test_a_crop_that_is_too_large_says_what_to_do(install: Any) -> None:
    service = await install(crop_pixels=2_500)
    link = await service.add_link(custom_render=True)
    response = await get(service, link, "crop.png", bbox="-78,24,-77,25")
    problem = await response.json()
    assert (response.status, problem["code"]) == (413, "crop_too_large")
    assert "max_size=50" in problem["detail"]
    assert (await get(service, link, "crop.png", bbox="-78,24,-77,25", max_size="50")).status == 200


async def test_a_collection_tells_the_values_of_its_first_raster(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 0), await add_gray(service, 30, 1)]
    link = await share(service, await add_collection(service, *ids), permission="download")
    west, south, east, north = place(0).lonlat_bounds
    middle = f"point/{(west + east) / 2!r},{(south + north) / 2!r}"
    assert [value["value"] for value in (await told(service, link, middle))["values"]] == [10]
    assert [value["value"] for value in (await told(service, link, middle, item=ids[1]))["values"]] == [20]
    statistics = await told(service, link, "statistics")
    assert statistics["bands"][0]["mean"] == 20
    assert statistics["approximate"]
    assert (await told(service, link, "statistics", bbox="0,0,1,1"))["bands"] in ([], [None])
    crop = await get(service, link, "crop.tif", bbox=box_of(west, south, east, north))
    with rasterio.MemoryFile(await crop.read()) as file, file.open() as dataset:
        assert set(dataset.read(1).flat) == {10}
    assert (
        await get(service, link, "crop.tif", bbox=box_of(west, south, east, north), dst_crs="EPSG:4326")
    ).status == 422
    assert (await get(service, link, "crop.png", bbox="0,0,1,1")).status == 204
    assert (await told(service, link, "legend.json"))["kind"] == "ramp"


async def test_client_files_are_ready_to_be_opened(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item, name='A <b>"map"</b> & \x07more', area=polygon(*western_half(item)))
    for text in (
        await (await get(service, link, "WMTSCapabilities.xml")).text(),
        await (await service.post("share.tile.wmts_capabilities", {}, token=link["token"], password=PASSWORD)).text(),
    ):
        root = ET.fromstring(text)
        layers = root.findall("w:Contents/w:Layer", OGC)
        assert [layer.findtext("ows:Identifier", None, OGC) for layer in layers] == [p["id"] for p in item["profiles"]]
        assert 'A <b>"map"</b>' in (root.findtext("ows:ServiceIdentification/ows:Title", "", OGC))
        corner = layers[0].findtext("ows:WGS84BoundingBox/ows:UpperCorner", "", OGC).split()[0]
        assert float(corner) == pytest.approx(western_half(item)[2])
        template = layers[1].findall("w:ResourceURL", OGC)[0].get("template") or ""
        address = urlsplit(template.format(TileMatrix=item["minzoom"], TileCol=0, TileRow=0))
        assert parse_qs(address.query)["profile"] == [item["profiles"][1]["id"]]
        assert (await service.client.get(f"{address.path}?{address.query}")).status == 204

    style = await told(service, link, "style.json")
    source = style["sources"]["tilegate"]
    assert (style["version"], source["type"], style["layers"][0]["type"]) == (8, "raster", "raster")
    assert source["bounds"] == pytest.approx(western_half(item))
    tile = urlsplit(source["tiles"][0].format(z=item["minzoom"], x=0, y=0))
    assert (await service.client.get(f"{tile.path}?{tile.query}")).status == 204

    layer = await get(service, link, "layer.qlr")
    assert layer.headers["Content-Disposition"].startswith("attachment")
    definition = ET.fromstring(await layer.text())
    told_source = definition.findtext("maplayers/maplayer/datasource") or ""
    parts = parse_qs(told_source)
    assert parts["tileMatrixSet"] == ["WebMercatorQuad"]
    wmts = urlsplit(parts["url"][0])
    assert (await service.client.get(f"{wmts.path}?{wmts.query}")).status == 200
    tree = definition.find("layer-tree-group/layer-tree-layer")
    assert tree is not None
    assert tree.get("source") == told_source
    assert tree.get("id") == definition.findtext("maplayers/maplayer/id")
    assert json.dumps(style).count(link["token"]) == 1
