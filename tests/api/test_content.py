"""Texts, pictures and saved maps through the running service: made, shared, changed, ended."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.conftest import PASSWORD, Installation

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import ClientResponse

CAMERA = {"center": [-77.5, 24.5], "zoom": 7.5, "bearing": 20, "pitch": 30}
NOTE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-77.5, 24.5]},
    "properties": {"label": "Here", "note": "*Deep*"},
}
UNLOCKED = {"X-Share-Password": PASSWORD}


async def add(service: Installation, **fields: Any) -> Any:
    return await service.ask("item.create", project_id=service.account.project_id, **fields)


async def add_file(service: Installation, name: str, data: bytes, **fields: Any) -> Any:
    (service.root / name).write_bytes(data)
    return await add(service, root="files", path=name, **fields)


async def get(service: Installation, link: Any, path: str, **query: str) -> ClientResponse:
    return await service.client.get(f"/s/{link['token']}/{path}", params=query, headers=UNLOCKED)


async def content_of(service: Installation, link: Any, **query: str) -> Any:
    response = await get(service, link, "content", **query)
    assert response.status == 200, await response.text()
    assert response.headers["X-Metered"] == "0"
    return await response.json()


def picture(width: int = 300, height: int = 200, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, **{"format": "JPEG", **options})
    return file.getvalue()


async def test_a_text_is_shared_as_html_without_scripts_and_changes_live(service: Installation) -> None:
    item = await add(service, name="Notes", content={"markdown": "# Hello\n<script>alert(1)</script>"})
    assert (item["kind"], item["root"], item["path"]) == ("text", "", "")
    link = await service.add_link(item)
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    assert opened["target"]["kind"] == "text"
    assert "/content?key=" in opened["urls"]["content"]
    shared = await content_of(service, link)
    assert (shared["kind"], shared["name"], shared["image"], shared["map"]) == ("text", "Notes", None, None)
    assert shared["text"]["markdown"].startswith("# Hello")
    assert "<h1>Hello</h1>" in shared["text"]["html"]
    assert "<script" not in shared["text"]["html"]
    changed = await service.ask("item.update", item_id=item["id"], content={"markdown": "*Bye*"})
    assert changed["content"] == {"markdown": "*Bye*"}
    assert (await content_of(service, link))["text"]["html"].strip() == "<p><em>Bye</em></p>"
    assert (await service.usage())["renders"] == 0
    listed = await service.ask("item.list")
    assert "content" not in listed["items"][0]


async def test_texts_of_files_are_read_as_they_are(service: Installation) -> None:
    markdown = await service.add_link(await add_file(service, "a.md", b"**bold**"))
    plain = await service.add_link(await add_file(service, "a.txt", b"a < b & **c**"))
    assert "<strong>bold" in (await content_of(service, markdown))["text"]["html"]
    assert (await content_of(service, plain))["text"]["html"] == "<pre>a &lt; b &amp; **c**</pre>"
    (service.root / "a.md").unlink()
    assert (await get(service, plain, "content")).status == 200


async def test_a_picture_is_one_render_and_leaves_nothing_else_of_its_file(service: Installation) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    item = await add_file(service, "a.jpg", picture(exif=exif))
    assert item["kind"] == "image"
    link = await service.add_link(item)
    shared = (await content_of(service, link))["image"]
    assert (shared["width"], shared["height"], shared["media_type"]) == (300, 200, "image/jpeg")
    path = shared["url"].removeprefix(service.settings.base_url)
    response = await service.client.get(path)
    body = await response.read()
    assert (response.status, response.content_type, response.headers["X-Metered"]) == (200, "image/webp", "1")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"SECRET" not in body
    assert Image.open(io.BytesIO(body)).size == (300, 200)
    small = await get(service, link, "preview.png", size="64")
    assert Image.open(io.BytesIO(await small.read())).size == (64, 43)
    held = await service.client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (held.status, held.headers["X-Metered"]) == (304, "0")
    assert (await get(service, link, "preview.png", size="5000")).status == 422
    assert (await service.usage())["renders"] == 2
    assert (await get(service, link, "tilejson.json")).status == 404


async def test_a_file_that_is_not_what_its_name_says_is_shared_as_a_file_with_a_warning(service: Installation) -> None:
    for name, data, why in (
        ("a.svg", b"<svg/>", None),
        ("a.png", b"<svg/>", "not a PNG"),
        ("a.txt", b"\xff\xfe\xfd", "UTF-8"),
        ("b.txt", b"a" * 200_001, "larger than 200 kB"),
    ):
        item = await add_file(service, name, data)
        assert item["kind"] == "file"
        assert why is None or why in item["warnings"][0]
    for kind, name in (("image", "a.svg"), ("text", "b.txt")):
        body = {"project_id": service.account.project_id, "root": "files", "path": name, "kind": kind}
        problem = await (await service.post("item.create", **body)).json()
        assert (problem["status"], problem["field"]) == (422, "path")


async def test_a_map_shares_what_it_shows(service: Installation, tmp_path: Path) -> None:
    raster, other = await service.add_item(), await service.add_item("rgba_uint16.tif")
    collection = await service.ask(
        "collection.create", project_id=service.account.project_id, name="All", item_ids=[raster["id"]]
    )
    layers = [
        {"item_id": raster["id"], "profile": "gray", "opacity": 0.5, "name": "Gray"},
        {"collection_id": collection["id"], "visible": False},
    ]
    content = {"layers": layers, "camera": CAMERA, "annotations": NOTE}
    saved = await add(service, name="View", content=content)
    assert saved["content"]["annotations"]["type"] == "FeatureCollection"
    link = await service.add_link(saved)
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    assert opened["bounds"] == pytest.approx(raster["bounds"], abs=1e-6)
    shared = (await content_of(service, link))["map"]
    assert (shared["camera"], shared["basemap"]) == (CAMERA, "graticule")
    assert shared["bounds"] == pytest.approx(raster["bounds"], abs=1e-6)
    assert "<em>Deep</em>" in shared["annotations"]["features"][0]["properties"]["note_html"]
    first, second = shared["layers"]
    assert (first["name"], first["opacity"], first["profile"], first["type"]) == ("Gray", 0.5, "gray", "item")
    assert (second["name"], second["visible"], second["id"]) == ("All", False, collection["id"])
    assert [profile["id"] for profile in first["profiles"]] == ["gray"]

    for layer in (first, second):
        tile = layer["tiles"].format(z=7, x=36, y=55).removeprefix(service.settings.base_url)
        for _ in range(2):
            response = await service.client.get(tile)
            assert (response.status, response.headers["X-Metered"]) == (200, "1")
    document = await (await service.client.get(first["tilejson"].removeprefix(service.settings.base_url))).json()
    assert f"item={raster['id']}" in document["tiles"][0]
    only_gray = {"layers": [{"item_id": raster["id"], "profile": "gray"}]}
    gray_link = await service.add_link(await add(service, name="Gray alone", content=only_gray))
    for path in ("point/-77.5,24.5", "statistics"):
        told = await (await get(service, gray_link, path, item=raster["id"])).json()
        assert len(told["values" if "point" in path else "bands"]) == 1
    refused = await get(service, link, "7/36/55.png", item=raster["id"], profile="rgb")
    assert (refused.status, (await refused.json())["code"]) == (404, "profile_not_found")
    foreign = await get(service, link, "7/36/55.png", item=other["id"])
    assert (foreign.status, (await foreign.json())["code"]) == (404, "target_not_found")
    assert (await get(service, link, "7/36/55.png")).status == 404

    await service.ask("item.delete", item_id=raster["id"])
    shared = (await content_of(service, link))["map"]
    assert (shared["layers"], shared["bounds"]) == ([], None)
    gone = await get(service, link, "7/36/55.png", item=raster["id"])
    assert (gone.status, (await gone.json())["code"]) == (410, "target_gone")
    await service.ask("item.update", item_id=saved["id"], content={"layers": [{"item_id": other["id"]}]})
    shared = (await content_of(service, link))["map"]
    assert ([layer["id"] for layer in shared["layers"]], shared["camera"]) == ([other["id"]], None)
    gone = await get(service, link, "7/36/55.png", item=collection["id"])
    assert gone.status == 404


async def test_a_layers_file_and_stored_values_are_not_handed_out_with_the_map(service: Installation) -> None:
    raster = await service.add_item()
    saved = await add(service, name="View", content={"layers": [{"item_id": raster["id"]}]})
    link = await service.add_link(saved, permission="download")
    assert (await get(service, link, "7/36/55.png", item=raster["id"])).status == 200
    west, south, east, north = raster["bounds"]
    bbox = f"{west},{south},{east},{north}"
    assert (await get(service, link, "crop.png", item=raster["id"], bbox=bbox)).status == 200
    refused = await get(service, link, "crop.tif", item=raster["id"], bbox=bbox)
    assert (refused.status, (await refused.json())["code"]) == (403, "permission_denied")
    missing = await get(service, link, "files/RGB.byte.tif", item=raster["id"])
    assert (missing.status, (await missing.json())["code"]) == (404, "file_not_found")
    assert (await (await get(service, link, "files", item=raster["id"])).json())["entries"] == []


async def test_content_that_cannot_be_is_refused_by_its_field(service: Installation) -> None:
    raster, text = await service.add_item(), await add(service, name="T", content={"markdown": "x"})
    other = (await service.ask("project.create", name="Other"))["id"]
    layer, first = {"item_id": raster["id"]}, "content.layers.0"
    for fields, code, field in (
        ({}, "field_missing", "root"),
        ({"root": "files"}, "field_missing", "path"),
        ({"root": "files", "path": "RGB.byte.tif", "kind": "map"}, "field_missing", "content"),
        ({"root": "files", "path": "RGB.byte.tif", "content": {"markdown": "x"}}, "field_invalid", "root"),
        ({"content": {"markdown": "x"}}, "field_missing", "name"),
        ({"name": "N", "content": {"markdown": ""}}, "field_invalid", "content.markdown"),
        ({"name": "N", "content": {"markdown": "a" * 200_001}}, "field_invalid", "content.markdown"),
        ({"name": "N", "content": {"markdown": "x"}, "kind": "map"}, "field_invalid", "kind"),
        ({"name": "N", "content": {"html": "x"}}, "field_invalid", "content"),
        ({"name": "N", "content": "x"}, "field_invalid", "content"),
        ({"name": "N", "content": {"layers": []}}, "field_invalid", "content.layers"),
        ({"name": "N", "content": {"layers": [layer], "zoom": 3}}, "field_invalid", "content.zoom"),
        ({"name": "N", "content": {"layers": [{}]}}, "field_invalid", first),
        ({"name": "N", "content": {"layers": [layer | {"opacity": 2}]}}, "field_invalid", f"{first}.opacity"),
        ({"name": "N", "content": {"layers": [layer | {"profile": "x"}]}}, "field_invalid", f"{first}.profile"),
        ({"name": "N", "content": {"layers": [{"item_id": "x"}]}}, "field_invalid", f"{first}.item_id"),
        ({"name": "N", "content": {"layers": [{"item_id": text["id"]}]}}, "field_invalid", f"{first}.item_id"),
        (
            {"name": "N", "content": {"layers": [layer]}, "project_id": other},
            "field_invalid",
            f"{first}.item_id",
        ),
        (
            {"name": "N", "content": {"layers": [layer], "annotations": {"type": "Point"}}},
            "field_invalid",
            "content.annotations",
        ),
        (
            {"name": "N", "content": {"layers": [layer], "camera": {"center": [200, 0], "zoom": 1}}},
            "field_invalid",
            "content.camera.center.0",
        ),
    ):
        body = {"project_id": service.account.project_id, **fields}
        problem = await (await service.post("item.create", **body)).json()
        assert (problem["status"], problem["code"], problem["field"]) == (422, code, field), problem
    for item, content in ((raster, {"markdown": "x"}), (text, {"layers": [layer]})):
        problem = await (await service.post("item.update", item_id=item["id"], content=content)).json()
        assert (problem["status"], problem["field"]) == (422, "content"), problem


async def test_a_raster_has_no_content(service: Installation) -> None:
    link = await service.add_link()
    response = await get(service, link, "content")
    assert (response.status, (await response.json())["code"]) == (404, "target_not_found")
