"""One link to several things: made, picked from, changed, and what becomes of it when one of them is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_collections import GRAY, Y, add_collection, add_gray, ask_tile, gray_of, place
from tests.api.test_main_job import tilejson_of
from tests.api.tiles.test_repeated_tiles import RepeatedTile
from tests.conftest import PASSWORD
from tests.mosaics import ZOOM

if TYPE_CHECKING:
    from tests.conftest import Installation

X = place(0).x


def refs(*ids: str, target_type: str = "item") -> list[dict[str, str]]:
    return [{"target_type": target_type, "target_id": target_id} for target_id in ids]


async def add_text(service: Installation, name: str = "read me.txt") -> str:
    (service.root / name).write_text("words")
    fields = {"project_id": service.account.project_id, "root": "files", "path": name, "kind": "file"}
    return str((await service.ask("item.create", **fields))["id"])


async def validate(service: Installation, link: Any) -> Any:
    return await service.ask("share.link.validate", token=link["token"], password=PASSWORD)


async def code_of(service: Installation, link: Any, item: str) -> str:
    response = await ask_tile(service, link, item=item)
    return str((await response.json())["code"])


async def test_a_bundle_gives_each_of_its_targets(service: Installation) -> None:
    first, second, member = [await add_gray(service, gray, column) for gray, column in ((10, 0), (20, 3), (30, 5))]
    collection, text = (await add_collection(service, member))["id"], await add_text(service)
    further = [*refs(second), *refs(collection, target_type="collection"), *refs(text, target_type="file")]
    link = await service.add_link({"id": first}, targets=further, name="Bundle")
    opened = await validate(service, link)
    assert [(one["id"], one["type"], one["kind"]) for one in opened["targets"]] == [
        (first, "item", "raster"),
        (second, "item", "raster"),
        (collection, "collection", "collection"),
        (text, "file", "file"),
    ]
    assert opened["target"]["name"] == opened["targets"][0]["name"] == "10.tif"
    assert [len(one["profiles"]) for one in opened["targets"]] == [1, 1, 1, 0]
    assert opened["targets"][1]["bounds"] == pytest.approx(place(3).lonlat_bounds, abs=1e-6)
    assert opened["bounds"][0] == pytest.approx(place(0).lonlat_bounds[0], abs=1e-6)
    assert opened["bounds"][2] == pytest.approx(place(5).lonlat_bounds[2], abs=1e-6)
    assert "tiles" not in opened["targets"][3]["urls"]

    picks = ((first, 0, 10), (second, 3, 20), (collection, 5, 30), (member, 5, 30))
    for item, column, gray in picks:
        assert await gray_of(await ask_tile(service, link, column, item=item)) == gray
    assert await gray_of(await ask_tile(service, link, 3)) is None, "without a pick it is the first"
    info = await service.ask("share.tile.info", token=link["token"], password=PASSWORD, item=second)
    assert (info["name"], info["kind"]) == ("20.tif", "raw")
    tilejson = await tilejson_of(service, link, item=second)
    assert tilejson["name"] == "20.tif"
    assert (await tilejson_of(service, link))["name"] == "Bundle"
    path = tilejson["tiles"][0].format(z=ZOOM, x=X + 3, y=Y).removeprefix(service.settings.base_url)
    tile = RepeatedTile(service, path)
    assert (await tile.ask()).status == 200
    await tile.ask()
    preview = opened["targets"][1]["urls"]["preview"].removeprefix(service.settings.base_url)
    assert (await service.client.get(preview)).status == 200
    assert await code_of(service, link, "itm_of_another") == "target_not_found"
    assert await code_of(service, link, text) == "profile_not_found"

    await service.ask("item.delete", item_id=second)
    response = await tile.ask()
    assert (await response.json())["code"] == "target_gone"
    assert await code_of(service, link, second) == "target_gone"
    assert [one["id"] for one in (await validate(service, link))["targets"]] == [first, collection, text]
    await service.ask("collection.delete", collection_id=collection)
    assert await code_of(service, link, member) == "target_not_found"
    assert await gray_of(await ask_tile(service, link)) == 10
    await service.ask("item.delete", item_id=first)
    assert await code_of(service, link, text) == "target_gone"


async def test_what_cannot_be_in_a_bundle_is_refused_by_its_field(service: Installation) -> None:
    first, second, text = await add_gray(service, 10), await add_gray(service, 20), await add_text(service)
    gone = await add_gray(service, 30)
    await service.ask("item.delete", item_id=gone)
    for targets, field, code in (
        (refs("itm_unknown"), "targets.0.target_id", "target_not_found"),
        (refs(second, gone), "targets.1.target_id", "target_not_found"),
        (refs(second, target_type="collection"), "targets.0.target_id", "target_not_found"),
        (refs(second, target_type="directory"), "targets.0.target_type", "field_invalid"),
        (refs(first), "targets.0", "field_invalid"),
        (refs(second, second), "targets.1", "field_invalid"),
        (refs(*["itm_x"] * 101), "targets", "field_invalid"),
    ):
        response = await service.post(
            "share.link.create",
            target_type="item",
            target_id=first,
            targets=targets,
            password=PASSWORD,
            expires_in_hours=1,
        )
        problem = await response.json()
        assert (problem["code"], problem["field"]) == (code, field), problem
    assert (await service.ask("share.link.list"))["links"] == []
    made = await service.add_link({"id": text}, target_type="file", targets=refs(first), profiles=[GRAY["id"]])
    assert made["warnings"] == []


async def test_a_bundle_changes_and_is_found_by_each_of_its_targets(service: Installation) -> None:
    first, second, third = [await add_gray(service, gray) for gray in (10, 20, 30)]
    link = await service.add_link({"id": first}, targets=refs(second))
    alone = await service.add_link({"id": second})

    async def found(target_id: str) -> list[str]:
        return [one["id"] for one in (await service.ask("share.link.list", target_id=target_id))["links"]]

    async def status(key: str) -> int:
        response = await service.client.get(f"/s/{link['token']}/info", headers={"X-Share-Key": key})
        return int(response.status)

    assert await found(second) == [link["id"], alone["id"]]
    key = (await validate(service, link))["key"]
    await service.ask("share.link.update", link_id=link["id"], targets=refs(second, third))
    assert await status(key) == 200, "more is shared, and nothing was taken away"
    await service.ask("item.delete", item_id=second)
    await service.ask(
        "share.link.update", link_id=link["id"], targets=refs(second, third), name="what is gone may stay"
    )
    response = await service.post("share.link.update", link_id=link["id"], targets=refs(third, "itm_unknown"))
    assert (await response.json())["field"] == "targets.1.target_id"
    changed = await service.ask("share.link.update", link_id=link["id"], targets=refs(third))
    assert changed["targets"] == refs(third)
    assert await status(key) == 401
    assert [await found(one) for one in (first, second, third)] == [[link["id"]], [alone["id"]], [link["id"]]]
