"""Archives of tiles and GeoJSON through the running service: registered, shared, metered, replaced."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from pmtiles.tile import Compression, Entry, TileType

from tests.archives import (
    BOUNDS,
    bomb,
    lying_archive,
    picture,
    raster_archive,
    vector_archive,
    vector_tile,
    write_archive,
)
from tests.conftest import PASSWORD, Installation

if TYPE_CHECKING:
    from aiohttp import ClientResponse

UNLOCKED = {"X-Share-Password": PASSWORD}
PLACES = {"type": "FeatureCollection", "features": []}
POINT = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [7.5, 47.5]},
    "properties": {"name": "<img src=x onerror=alert(1)>"},
}
AREA = {"type": "Polygon", "coordinates": [[[-90, 10], [-10, 10], [-10, 60], [-90, 60], [-90, 10]]]}


async def add(service: Installation, name: str, **fields: Any) -> Any:
    return await service.ask("item.create", project_id=service.account.project_id, root="files", path=name, **fields)


async def add_vector(service: Installation) -> Any:
    vector_archive(service.root / "roads.data")
    return await add(service, "roads.data")


async def add_features(service: Installation, document: Any = None) -> Any:
    text = json.dumps({**PLACES, "features": [POINT]} if document is None else document)
    (service.root / "a.geojson").write_text(text)
    return await add(service, "a.geojson")


async def get(service: Installation, link: Any, path: str, headers: dict[str, str] | None = None) -> ClientResponse:
    return await service.client.get(f"/s/{link['token']}/{path}", headers={**UNLOCKED, **(headers or {})})


async def problem(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json(content_type=None))["code"]


async def test_an_archive_is_registered_by_its_first_bytes_and_its_tiles_are_metered(service: Installation) -> None:
    item = await add_vector(service)
    assert (item["kind"], item["tile_format"], item["bounds"]) == ("pmtiles", "mvt", list(BOUNDS))
    assert [layer["id"] for layer in item["vector_layers"]] == ["roads"]
    link = await service.add_link(item)
    plain = await get(service, link, "1/0/0.mvt", {"Accept-Encoding": "identity"})
    assert (plain.status, await plain.read()) == (200, vector_tile("t100"))
    assert plain.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert (plain.headers["X-Metered"], plain.headers["Vary"]) == ("1", "Accept-Encoding")
    packed = await get(service, link, "1/0/0.pbf", {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert await packed.read() == vector_tile("t100")
    assert packed.headers["ETag"] != plain.headers["ETag"]
    held = await get(service, link, "1/0/0.pbf", {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (held.status, held.headers["X-Metered"]) == (304, "0")
    refused = await get(service, link, "1/0/0.pbf", {"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    for path in ("1/1/1.mvt", "9/0/0.mvt", "1/1/1.mvt?empty=transparent"):
        assert (await get(service, link, path)).status == 204
    usage = await service.usage()
    assert (usage["renders"], usage["cached"]) == (3, 1)
    sent = 2 * len(vector_tile("t100")) + len(gzip.compress(vector_tile("t100"), mtime=0))
    assert (usage["bytes"], usage["pixels"]) == (sent, 0)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("1/0/0.png", 422, "format_unsupported"),
        ("1/0/0@2x.mvt", 422, "field_invalid"),
        ("1/0/0.mvt?profile=rgb", 404, "profile_not_found"),
        ("1/0/0.mvt?bidx=1", 422, "field_invalid"),
        ("1/2/0.mvt", 422, "tile_address_invalid"),
        ("tiles/WGS1984Quad/1/0/0.mvt", 404, "tile_matrix_set_not_found"),
        ("tilejson.json?format=webp", 422, "format_unsupported"),
        ("statistics", 404, "profile_not_found"),
        ("point/1,1", 404, "profile_not_found"),
        ("preview.png", 404, "profile_not_found"),
        ("legend.json", 404, "profile_not_found"),
        ("WMTSCapabilities.xml", 404, "target_not_found"),
        ("layer.qlr", 404, "target_not_found"),
        ("features.geojson", 404, "target_not_found"),
    ],
)
async def test_what_an_archive_of_features_has_not_is_refused(
    lasting: Installation, path: str, status: int, code: str
) -> None:
    link = await lasting.add_link(await add_vector(lasting))
    assert await problem(await get(lasting, link, path)) == (status, code)


async def test_a_map_client_needs_the_tilejson_alone(service: Installation) -> None:
    item = await add_vector(service)
    await service.ask("item.update", item_id=item["id"], attribution="© Roads")
    link = await service.add_link(item)
    document = await (await get(service, link, "tilejson.json")).json()
    assert document["vector_layers"][0]["fields"] == {"name": "String"}
    assert (document["bounds"], document["minzoom"], document["maxzoom"]) == (list(BOUNDS), 0, 3)
    assert (document["center"], document["format"]) == ([10.0, 10.0, 1], "pbf")
    tile = document["tiles"][0].format(z=0, x=0, y=0)
    assert ".mvt?key=" in tile
    response = await service.client.get(tile[tile.index("/s/") :])
    assert await response.read() == vector_tile("t000")
    style = await (await get(service, link, "style.json")).json(content_type=None)
    assert [style["sources"]["tilegate"][name] for name in ("type", "attribution")] == ["vector", "© Roads"]
    assert {layer["source-layer"] for layer in style["layers"]} == {"roads"}
    info = await (await get(service, link, "info")).json()
    assert (info["kind"], info["tile_format"], info["profiles"]) == ("pmtiles", "mvt", [])


async def test_the_operation_sends_tiles_too(service: Installation) -> None:
    link = await service.add_link(await add_vector(service))
    asked = {"token": link["token"], "password": PASSWORD, "z": 0, "x": 0, "y": 0, "format": "mvt"}
    response = await service.client.post("/v1/op/share.tile.render", json=asked)
    assert (response.status, await response.read()) == (200, vector_tile("t000"))
    validated = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    assert set(validated["urls"]) == {"page", "info", "tilejson", "tiles", "style", "files"}
    assert validated["bounds"] == list(BOUNDS)


async def test_pictures_of_an_archive_open_in_clients_of_pictures(service: Installation) -> None:
    raster_archive(service.root / "a.pmtiles", kind=TileType.WEBP)
    item = await add(service, "a.pmtiles")
    assert (item["kind"], item["tile_format"], item["vector_layers"]) == ("pmtiles", "webp", [])
    link = await service.add_link(item)
    tile = await get(service, link, "0/0/0.webp")
    assert (await tile.read(), tile.headers["Content-Type"]) == (picture("WEBP"), "image/webp")
    assert "Vary" not in tile.headers
    assert (await service.usage())["pixels"] == 256 * 256
    document = await (await get(service, link, "tilejson.json")).json()
    assert (document["vector_layers"], document["tileSize"], document["format"]) == ([], 256, "webp")
    wmts = await (await get(service, link, "WMTSCapabilities.xml")).text()
    assert "<Format>image/webp</Format>" in wmts
    assert "<Format>image/png</Format>" not in wmts
    assert ".webp" in await (await get(service, link, "layer.qlr")).text()
    empty = await get(service, link, "1/1/1.webp?empty=transparent")
    assert (empty.status, empty.headers["Content-Type"]) == (200, "image/png")


async def test_caps_count_tiles_of_archives(service: Installation) -> None:
    link = await service.add_link(await add_vector(service), max_renders=2, max_zoom=1)
    assert (await get(service, link, "0/0/0.mvt")).status == 200
    assert await problem(await get(service, link, "2/0/0.mvt")) == (403, "permission_denied")
    assert (await get(service, link, "1/0/0.mvt")).status == 200
    assert await problem(await get(service, link, "0/0/0.mvt")) == (410, "limit_reached")


async def test_an_area_and_a_watermark_are_for_pictures(service: Installation) -> None:
    raster_archive(service.root / "a.pmtiles")
    pictures, features = await add(service, "a.pmtiles"), await add_vector(service)
    link = await service.add_link(pictures, area=AREA, watermark="MINE")
    tile = await get(service, link, "1/0/0.png")
    assert tile.status == 200
    assert await tile.read() != picture()
    assert (await get(service, link, "1/1/0.png")).status == 204
    assert (await (await get(service, link, "tilejson.json")).json())["bounds"] == [-90, 10, -10, 60]
    for field, value in (("area", AREA), ("watermark", "MINE")):
        common = {"target_type": "item", "password": PASSWORD, "expires_in_hours": 1}
        refused = await service.post("share.link.create", **common, target_id=features["id"], **{field: value})
        assert await problem(refused) == (422, "field_invalid")


async def test_a_file_is_downloaded_by_ranges_where_the_link_allows_it(service: Installation) -> None:
    item = await add_vector(service)
    viewed, taken = await service.add_link(item), await service.add_link(item, permission="download")
    capped = await service.add_link(item, permission="download", max_zoom=1)
    part = await get(service, taken, "files/roads.data", {"Range": "bytes=0-6"})
    assert (part.status, await part.read()) == (206, b"PMTiles")
    assert await problem(await get(service, viewed, "files/roads.data")) == (403, "permission_denied")
    assert await problem(await get(service, capped, "files/roads.data")) == (403, "permission_denied")


async def test_a_replaced_archive_is_read_anew_and_one_that_lies_is_not_sent(service: Installation) -> None:
    link, data = await service.add_link(await add_vector(service)), service.root / "roads.data"
    assert (await get(service, link, "1/0/1.mvt")).status == 200
    write_archive(service.root / "b", {(0, 0, 0): vector_tile("new")}).rename(data)
    await until(service, link, "1/0/1.mvt", 204)
    assert await (await get(service, link, "0/0/0.mvt")).read() == vector_tile("new")
    packed = bomb(64 * 2**20)
    lying = {"root": [Entry(0, 0, len(packed), 1)], "tiles": packed, "tile_compression": Compression.GZIP}
    lying_archive(service.root / "b", **lying).rename(data)
    await until(service, link, "0/0/0.mvt", 502)
    data.unlink()
    await until(service, link, "0/0/0.mvt", 410)


async def until(service: Installation, link: Any, path: str, status: int) -> None:
    """Ask until the answer has a status: for a second a file is believed to be what it was."""
    ends_at = time.monotonic() + 60
    while (await get(service, link, path)).status != status:
        assert time.monotonic() < ends_at
        await asyncio.sleep(0.1)


async def test_an_archive_that_lies_is_refused_with_the_reason(service: Installation) -> None:
    lying_archive(service.root / "a.pmtiles", root=bomb(12 * 2**20))
    common = {"project_id": service.account.project_id, "root": "files", "path": "a.pmtiles"}
    refused = await service.post("item.create", **common)
    assert refused.status == 422
    told = await refused.json()
    assert "unpacks to more than 4 MiB" in told["detail"]
    assert str(service.root) not in told["detail"]
    assert (await service.ask("item.create", **common, kind="file"))["kind"] == "file"
    (service.root / "b.pmtiles").write_text("nothing of the kind")
    assert (await add(service, "b.pmtiles"))["kind"] == "file"
    refused = await service.post("item.create", **{**common, "path": "b.pmtiles"}, kind="pmtiles")
    assert await problem(refused) == (422, "field_invalid")


async def test_features_are_sent_to_who_may_view_and_counted_as_a_download(service: Installation) -> None:
    item = await add_features(service)
    assert (item["kind"], item["feature_count"]) == ("geojson", 1)
    await service.ask("item.update", item_id=item["id"], attribution="© Points")
    link = await service.add_link(item)
    style = await (await get(service, link, "style.json")).json(content_type=None)
    assert style["sources"]["tilegate"]["attribution"] == "© Points"
    response = await get(service, link, "features.geojson")
    assert (response.status, response.headers["Content-Type"]) == (200, "application/geo+json")
    assert json.loads(await response.read())["features"] == [POINT]
    held = await get(service, link, "features.geojson", {"If-None-Match": response.headers["ETag"]})
    assert held.status == 304
    usage = await service.usage()
    assert (usage["renders"], usage["downloads"], usage["bytes"]) == (0, 1, int(response.headers["Content-Length"]))
    assert await problem(await get(service, link, "files/a.geojson")) == (403, "permission_denied")
    assert await problem(await get(service, link, "0/0/0.png")) == (404, "profile_not_found")
    assert await problem(await get(service, link, "tilejson.json")) == (404, "profile_not_found")
    info = await (await get(service, link, "info")).json()
    assert (info["kind"], info["feature_count"]) == ("geojson", 1)
    by_operation = await service.client.post(
        "/v1/op/share.features.get", json={"token": link["token"], "password": PASSWORD}
    )
    assert json.loads(await by_operation.read())["features"] == [POINT]
    wrong = await service.client.get(f"/s/{link['token']}/features.geojson", headers={"X-Share-Password": "wrong one"})
    assert wrong.status == 401


async def test_features_that_are_none_are_a_file_with_a_warning_or_refused(service: Installation) -> None:
    item = await add_features(service, {"type": "Point", "coordinates": [456_000, 5_600_000]})
    assert item["kind"] == "file"
    assert "ogr2ogr" in item["warnings"][0]
    common = {"project_id": service.account.project_id, "root": "files", "path": "a.geojson"}
    refused = await service.post("item.create", **common, kind="geojson")
    assert await problem(refused) == (422, "field_invalid")
    (service.root / "big.json").write_bytes(
        b'{"type":"MultiPoint","coordinates":[' + b",".join([b"[1,2]"] * 1_100_000) + b"]}"
    )
    refused = await service.post("item.create", **{**common, "path": "big.json"}, kind="geojson")
    assert "tippecanoe" in (await refused.json())["detail"]


async def test_features_that_were_replaced_by_something_else_are_not_sent(service: Installation) -> None:
    link = await service.add_link(await add_features(service))
    assert (await get(service, link, "features.geojson")).status == 200
    (service.root / "b").write_text("<script>alert(1)</script>")
    (service.root / "b").rename(service.root / "a.geojson")
    refused = await get(service, link, "features.geojson")
    assert await problem(refused) == (502, "source_unreadable")
    (service.root / "b").write_text(json.dumps({**PLACES, "features": [POINT, POINT]}))
    (service.root / "b").rename(service.root / "a.geojson")
    response = await get(service, link, "features.geojson")
    assert len(json.loads(await response.read())["features"]) == 2


async def test_features_cannot_be_cut_to_an_area(service: Installation) -> None:
    item = await add_features(service)
    common = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    assert await problem(await service.post("share.link.create", **common, area=AREA)) == (422, "field_invalid")


async def test_collections_and_maps_take_rasters_alone(service: Installation) -> None:
    item = await add_vector(service)
    common = {"project_id": service.account.project_id, "name": "All"}
    refused = await service.post("collection.create", **common, item_ids=[item["id"]])
    assert await problem(refused) == (422, "field_invalid")
    content = {"layers": [{"item_id": item["id"]}]}
    assert await problem(await service.post("item.create", **common, content=content)) == (422, "field_invalid")


async def test_a_revoked_link_sends_no_tile_of_an_archive(service: Installation) -> None:
    link = await service.add_link(await add_vector(service))
    etag = (await get(service, link, "0/0/0.mvt")).headers["ETag"]
    await service.ask("share.link.revoke", link_id=link["id"])
    assert await problem(await get(service, link, "0/0/0.mvt", {"If-None-Match": etag})) == (410, "share_revoked")
