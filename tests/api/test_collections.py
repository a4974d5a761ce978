"""Collections through the running service: made, shared, rendered, changed, ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD, Installation
from tests.mosaics import ZOOM, write_gray
from tests.tiling.raster_zoo import decode
from tiling.models import RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import ClientResponse

X, Y = 2200, 1400
GRAY = {"id": "gray", "label": "Gray", "kind": "raw", "bands": [1], "rescale": [[0, 255]]}


def place(column: int) -> TileAddress:
    return TileAddress(z=ZOOM, x=X + column, y=Y)


async def add_gray(service: Installation, gray: int, column: int = 0, **options: Any) -> str:
    """Register a raster of one gray; return the item's id."""
    path = write_gray(service.root / f"{gray}.tif", place(column), gray, **options)
    fields = {"project_id": service.account.project_id, "root": "files", "path": path.name, "profiles": [GRAY]}
    item = await service.ask("item.create", **fields)
    return str(item["id"])


async def add_collection(service: Installation, *item_ids: str, **fields: Any) -> Any:
    fields = {"project_id": service.account.project_id, "name": "Grays", "item_ids": item_ids, **fields}
    return await service.ask("collection.create", **fields)


async def share(service: Installation, collection: Any, **fields: Any) -> Any:
    return await service.add_link(collection, target_type="collection", **fields)


async def ask_tile(service: Installation, link: Any, column: int = 0, z: int = ZOOM, **query: str) -> ClientResponse:
    shift = ZOOM - z
    path = f"/s/{link['token']}/{z}/{(X + column) >> shift}/{Y >> shift}.png"
    return await service.client.get(path, params=query, headers={"X-Share-Password": PASSWORD})


async def gray_of(response: ClientResponse) -> int | None:
    """Return the gray of a tile's middle; None where it is empty or clear there."""
    if response.status == 204:
        return None
    assert response.status == 200, await response.text()
    tile = RenderedTile(body=await response.read(), media_type="image/png", width=256, height=256)
    red, _, _, alpha = decode(tile)[128, 128]
    return int(red) if alpha else None


async def test_a_collection_is_told_as_it_was_made(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 3)]
    made = await add_collection(service, *ids, description="Some *words*")
    assert made["item_ids"] == ids
    assert (made["name"], made["description"], made["item_count"]) == ("Grays", "Some *words*", 2)
    assert made["organization_id"] == service.account.organization_id
    assert [profile["id"] for profile in made["profiles"]] == ["gray"]
    (west, _, _, north), (_, south, east, _) = place(0).lonlat_bounds, place(3).lonlat_bounds
    assert made["bounds"] == pytest.approx([west, south, east, north], abs=1e-6)
    assert made["minzoom"] == ZOOM - 2
    assert made["maxzoom"] == ZOOM - 2  # 64 pixels on a tile of 256
    assert await service.ask("collection.get", collection_id=made["id"]) == made
    listed = await service.ask("collection.list", project_id=service.account.project_id)
    assert [collection["id"] for collection in listed["collections"]] == [made["id"]]
    assert "item_ids" not in listed["collections"][0]


async def test_a_list_goes_on_behind_its_cursor(service: Installation) -> None:
    item = await add_gray(service, 10)
    made = [(await add_collection(service, item, name=name))["id"] for name in "abc"]
    first = await service.ask("collection.list", limit=2)
    rest = await service.ask("collection.list", limit=2, cursor=first["next_cursor"])
    assert [collection["id"] for page in (first, rest) for collection in page["collections"]] == made
    assert rest["next_cursor"] is None


async def test_what_cannot_be_a_collection_is_refused_by_its_field(service: Installation) -> None:
    item, text = await add_gray(service, 10), service.root / "a.txt"
    text.write_text("words")
    fields = {"project_id": service.account.project_id, "root": "files", "path": "a.txt"}
    words = (await service.ask("item.create", **fields))["id"]
    deleted = await add_gray(service, 20)
    await service.ask("item.delete", item_id=deleted)
    other = (await service.ask("project.create", name="Other"))["id"]
    unfit = {"id": "b2", "label": "B", "kind": "raw", "bands": [2]}
    for changes, field in (
        ({"item_ids": [item, "itm_unknown"]}, "item_ids.1"),
        ({"item_ids": [words]}, "item_ids.0"),
        ({"item_ids": [item, deleted]}, "item_ids.1"),
        ({"item_ids": [item, item]}, "item_ids"),
        ({"item_ids": []}, "item_ids"),
        ({"item_ids": ["itm_x"] * 10_001}, "item_ids"),
        ({"name": " "}, "name"),
        ({"project_id": other}, "item_ids.0"),
        ({"profiles": [unfit]}, "profiles"),
        ({"profiles": [GRAY, GRAY]}, "profiles"),
    ):
        body = {"project_id": service.account.project_id, "name": "C", "item_ids": [item], **changes}
        response = await service.post("collection.create", **body)
        problem = await response.json()
        assert (response.status, problem["code"], problem["field"]) == (422, "field_invalid", field), problem
    assert (await service.ask("collection.list"))["collections"] == []


async def test_items_that_share_no_profile_need_one_of_the_collection(service: Installation) -> None:
    one, other = await add_gray(service, 10), await add_gray(service, 20, 1)
    await service.ask("item.profiles.set", item_id=other, profiles=[GRAY | {"id": "other"}])
    body = {"project_id": service.account.project_id, "name": "C", "item_ids": [one, other]}
    problem = await (await service.post("collection.create", **body)).json()
    assert (problem["code"], problem["field"]) == ("field_missing", "profiles")
    made = await service.ask("collection.create", **body, profiles=[GRAY | {"id": "mine"}])
    assert [(profile["id"], profile["is_default"]) for profile in made["profiles"]] == [("mine", True)]


async def test_a_shared_collection_is_one_map(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 1), await add_gray(service, 30, 0)]
    link = await share(service, await add_collection(service, *ids))
    assert [await gray_of(await ask_tile(service, link, column)) for column in (0, 1, 2)] == [10, 20, None]
    whole = await ask_tile(service, link)
    assert (whole.headers["X-Tile-Completeness"], whole.headers["X-Metered"]) == ("1", "1")
    assert "X-Tile-Completeness" in whole.headers["Access-Control-Expose-Headers"]
    again = await service.client.get(
        whole.url.path, headers={"X-Share-Password": PASSWORD, "If-None-Match": whole.headers["ETag"]}
    )
    assert again.status == 304
    assert (await service.usage())["renders"] == 3


async def test_one_item_of_a_collection_can_be_picked(service: Installation) -> None:
    ids = [await add_gray(service, 10), await add_gray(service, 20), await add_gray(service, 30)]
    link = await share(service, await add_collection(service, *ids[:2]))
    assert [await gray_of(await ask_tile(service, link, item=item_id)) for item_id in ids[:2]] == [10, 20]
    for unknown in (ids[2], "nonsense", "", "x" * 500):
        refused = await ask_tile(service, link, item=unknown)
        problem = await refused.json()
        assert (refused.status, problem["code"], problem["field"]) == (404, "target_not_found", "item")
    call = {"token": link["token"], "password": PASSWORD, "item": ids[1]}
    document = await service.ask("share.tilejson", **call)
    assert f"item={ids[1]}" in document["tiles"][0]
    address = document["tiles"][0].partition("/s/")[2].format(z=ZOOM, x=X, y=Y)
    assert await gray_of(await service.client.get(f"/s/{address}")) == 20
    info = await service.ask("share.tile.info", **call)
    assert (info["kind"], info["width"], info["items"]) == ("raw", 64, [])
    rendered = await service.post("share.tile.render", {}, **call, z=ZOOM, x=X, y=Y)
    assert await gray_of(rendered) == 20


async def test_a_recipient_is_told_what_a_collection_holds(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 3)]
    collection = await add_collection(service, *ids)
    link = await share(service, collection)
    call = {"token": link["token"], "password": PASSWORD}
    opened = await service.ask("share.link.validate", **call)
    assert (opened["target"]["kind"], opened["target"]["name"]) == ("collection", "Grays")
    assert opened["bounds"] == collection["bounds"]
    assert {"tiles", "tilejson", "preview"} <= opened["urls"].keys()
    document = await service.ask("share.tilejson", **call)
    assert (document["bounds"], document["minzoom"]) == (collection["bounds"], collection["minzoom"])
    info = await service.ask("share.tile.info", **call)
    assert (info["kind"], info["item_count"], info["crs"]) == ("collection", 2, None)
    assert [item["id"] for item in info["items"]] == ids
    profiles = await service.ask("share.profiles.list", **call)
    assert [profile["id"] for profile in profiles["profiles"]] == ["gray"]
    preview = await service.post("share.tile.preview", {}, **call, max_size=64)
    tile = RenderedTile(body=await preview.read(), media_type="image/png", width=64, height=16)
    assert decode(tile).shape == (16, 64, 4)
    assert [int(decode(tile)[8, x, 0]) for x in (8, 56)] == [10, 20]


async def test_a_link_names_profiles_that_the_collection_has(service: Installation) -> None:
    collection = await add_collection(service, await add_gray(service, 10))
    refused = await service.post(
        "share.link.create",
        target_type="collection",
        target_id=collection["id"],
        password=PASSWORD,
        expires_in_hours=1,
        profiles=["nowhere"],
    )
    assert (refused.status, (await refused.json())["field"]) == (422, "profiles")
    link = await share(service, collection, profiles=["gray"])
    problem = await (await ask_tile(service, link, profile="other")).json()
    assert problem["code"] == "profile_not_found"


async def test_a_changed_collection_shows_at_once(service: Installation) -> None:
    ids = [await add_gray(service, 10), await add_gray(service, 20), await add_gray(service, 30)]
    collection = await add_collection(service, *ids[:2])
    link = await share(service, collection)
    assert await gray_of(await ask_tile(service, link)) == 10
    changed = await service.ask("collection.update", collection_id=collection["id"], item_ids=[ids[2], ids[0]])
    assert (changed["item_ids"], changed["name"]) == ([ids[2], ids[0]], "Grays")
    assert await gray_of(await ask_tile(service, link)) == 30
    renamed = await service.ask("collection.update", collection_id=collection["id"], name="New", description="d")
    assert (renamed["name"], renamed["description"], renamed["item_ids"]) == ("New", "d", [ids[2], ids[0]])
    inverted = GRAY | {"rescale": [[0, 60]]}
    await service.ask("collection.update", collection_id=collection["id"], profiles=[inverted])
    assert await gray_of(await ask_tile(service, link)) == 128
    await service.ask("collection.update", collection_id=collection["id"], profiles=[])
    assert await gray_of(await ask_tile(service, link)) == 30


async def test_a_collection_names_the_pixel_that_it_shows(service: Installation) -> None:
    ids = [await add_gray(service, gray) for gray in (20, 60, 10)]
    made = await add_collection(service, *ids, pixel_selection="highest")
    link = await share(service, made)
    assert (made["pixel_selection"], await gray_of(await ask_tile(service, link))) == ("highest", 60)
    for selection, gray in (("lowest", 10), ("mean", 30), ("median", 20), ("count", 3), ("first", 20)):
        changed = await service.ask("collection.update", collection_id=made["id"], pixel_selection=selection)
        assert changed["pixel_selection"] == selection
        assert await gray_of(await ask_tile(service, link)) == gray
    assert (await service.ask("collection.get", collection_id=made["id"]))["pixel_selection"] == "first"
    assert (await add_collection(service, *ids))["pixel_selection"] == "first"


async def test_a_pixel_selection_that_is_none_is_refused(service: Installation) -> None:
    body = {"project_id": service.account.project_id, "name": "C", "item_ids": [await add_gray(service, 10)]}
    response = await service.post("collection.create", **body, pixel_selection="best")
    problem = await response.json()
    assert (response.status, problem["field"]) == (422, "pixel_selection")


async def test_a_deleted_item_leaves_its_collections_at_once(service: Installation) -> None:
    ids = [await add_gray(service, 10), await add_gray(service, 20)]
    collection = await add_collection(service, *ids)
    link = await share(service, collection)
    assert await gray_of(await ask_tile(service, link)) == 10
    await service.ask("item.delete", item_id=ids[0])
    assert await gray_of(await ask_tile(service, link)) == 20
    assert (await ask_tile(service, link, item=ids[0])).status == 404
    assert (await service.ask("collection.get", collection_id=collection["id"]))["item_ids"] == ids[1:]
    await service.ask("item.delete", item_id=ids[1])
    gone = await ask_tile(service, link)
    assert (gone.status, (await gone.json())["code"]) == (410, "target_gone")


async def test_links_of_a_deleted_collection_end(service: Installation) -> None:
    item = await add_gray(service, 10)
    collection = await add_collection(service, item)
    link = await share(service, collection)
    assert await service.ask("collection.delete", collection_id=collection["id"]) == {
        "id": collection["id"],
        "ok": True,
    }
    gone = await ask_tile(service, link)
    assert (gone.status, (await gone.json())["code"]) == (410, "target_gone")
    assert (await service.post("collection.get", collection_id=collection["id"])).status == 404
    assert (await service.ask("item.get", item_id=item))["id"] == item


async def test_revoking_and_caps_hold_for_collections(service: Installation) -> None:
    collection = await add_collection(service, await add_gray(service, 10))
    link = await share(service, collection, max_renders=2)
    statuses = [(await ask_tile(service, link)).status for _ in range(3)]
    assert statuses == [200, 200, 410]
    other = await share(service, collection)
    assert (await ask_tile(service, other)).status == 200
    await service.ask("share.link.revoke", link_id=other["id"])
    problem = await (await ask_tile(service, other)).json()
    assert problem["code"] == "share_revoked"


async def test_a_tile_that_misses_a_raster_says_so_and_is_asked_for_again(service: Installation) -> None:
    ids = [await add_gray(service, 10, 0), await add_gray(service, 20, 1)]
    link = await share(service, await add_collection(service, *ids))
    (service.root / "10.tif").unlink()
    partly = await ask_tile(service, link, z=ZOOM - 1)
    assert partly.status == 200
    assert partly.headers["X-Tile-Completeness"] == "0.5"
    assert partly.headers["Cache-Control"] == "private, max-age=5"
    write_gray(service.root / "10.tif", place(0), 10)
    await asyncio.sleep(1.1)
    whole = await ask_tile(service, link, z=ZOOM - 1)
    assert whole.headers["X-Tile-Completeness"] == "1"
    assert whole.headers["ETag"] != partly.headers["ETag"]


async def test_nobody_else_sees_or_changes_a_collection(service: Installation) -> None:
    collection = await add_collection(service, await add_gray(service, 10))
    reader = await service.ask("api_key.create", label="r", scopes=["items:read"])
    headers = {"Authorization": f"Bearer {reader['api_key']}"}
    assert (await service.post("collection.get", headers, collection_id=collection["id"])).status == 200
    for operation, body in (
        ("collection.update", {"collection_id": collection["id"], "name": "N"}),
        ("collection.delete", {"collection_id": collection["id"]}),
    ):
        refused = await service.post(operation, headers, **body)
        assert (refused.status, (await refused.json())["code"]) == (403, "scope_missing")
    assert (await service.post("collection.get", {}, collection_id=collection["id"])).status == 401
    assert (await service.post("collection.get", collection_id="col_unknown")).status == 404


async def test_a_tile_of_many_rasters_is_whole_once_their_overview_is_there(
    service: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.delivery.images.mosaics.MAX_READS", 4)
    ids = [await add_gray(service, 10 + column, column) for column in range(8)]
    collection = await add_collection(service, *ids)
    link = await share(service, collection)
    async with asyncio.timeout(30):
        while (tile := await ask_tile(service, link, z=ZOOM - 6)).headers["X-Tile-Completeness"] != "1":
            assert tile.headers["X-Tile-Completeness"] == "0.5"  # 4 of 8
            await asyncio.sleep(0.2)
    assert tile.headers["Cache-Control"] == "private, max-age=300"
    files = list((service.settings.data_dir / "overviews" / collection["id"]).glob("*.tif"))
    assert len(files) == 1
    await service.ask("collection.delete", collection_id=collection["id"])
    assert not files[0].parent.exists()


async def test_overviews_of_what_is_gone_are_removed_at_the_start(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    left = tmp_path / "overviews" / "col_gone"
    left.mkdir(parents=True)
    await install()
    async with asyncio.timeout(30):
        while left.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
