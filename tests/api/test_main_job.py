"""The main job over HTTP: register, share, load tiles, count, revoke."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import mercantile
import pytest
from PIL import Image

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation


def tile_path(template: str, tilejson: dict[str, Any], zoom: int | None = None) -> str:
    """The path of the tile at a TileJSON's centre."""
    longitude, latitude, _ = tilejson["center"]
    tile = mercantile.tile(longitude, latitude, tilejson["minzoom"] if zoom is None else zoom)
    parts = urlsplit(template.format(z=tile.z, x=tile.x, y=tile.y))
    return f"{parts.path}?{parts.query}"


async def tilejson_of(service: Installation, link: Any, **fields: Any) -> dict[str, Any]:
    """A link's TileJSON."""
    response = await service.post("share.tilejson", {}, token=link["token"], password=PASSWORD, **fields)
    assert response.status == 200, await response.text()
    document: dict[str, Any] = await response.json()
    return document


async def test_the_main_job_on_each_database(install: Callable[..., Awaitable[Installation]], sql_url: str) -> None:
    service = await install(database_url=sql_url)
    link = await service.add_link(name="Landsat")
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    painted = await service.client.get(path)
    assert painted.status == 200
    assert painted.headers["X-Metered"] == "1"
    assert painted.headers["Cache-Control"].startswith("private, max-age=")
    body = await painted.read()
    assert Image.open(io.BytesIO(body)).size == (256, 256)

    held = await service.client.get(path, headers={"If-None-Match": painted.headers["ETag"]})
    assert (held.status, held.headers["X-Metered"]) == (304, "0")
    again = await service.client.get(path)
    assert await again.read() == body

    usage = await service.usage()
    assert (usage["renders"], usage["cached"], usage["bytes"], usage["views"]) == (2, 1, 2 * len(body), 1)
    history = await service.ask("usage.history", organization_id=service.account.organization_id)
    assert history["total"]["renders"] == 2
    assert [row["link_id"] for row in history["rows"]] == [link["id"]]

    detail = await service.ask("share.link.get", link_id=link["id"])
    assert (detail["access_count"], detail["render_count"], detail["status"]) == (2, 2, "active")
    revoked = await service.ask("share.link.revoke", link_id=link["id"], reason="done")
    assert revoked == {**revoked, "id": link["id"], "ok": True, "already_revoked": False}
    gone = await service.client.get(path)
    assert (gone.status, (await gone.json())["code"]) == (410, "share_revoked")
    assert (await service.ask("share.link.revoke", link_id=link["id"]))["already_revoked"]


async def test_create_answers_exactly_the_promised_fields(service: Installation) -> None:
    item = await service.add_item()
    response = await service.post(
        "share.link.create", target_type="item", target_id=item["id"], password=PASSWORD, expires_in_hours=1
    )
    link = await response.json()
    assert set(link) == {
        "id", "token", "url", "tilejson_url", "target_type", "target_id", "permission", "organization_id", "project_id",
        "name", "status", "expires_at", "created_at", "revoked_at", "access_count", "last_accessed_at", "created_by",
        "remaining_views", "warnings",
    }  # fmt: skip
    assert response.headers["Location"] == link["url"]
    assert len(link["token"]) == 44


async def test_both_routes_are_the_same_operation(service: Installation) -> None:
    item = await service.add_item()
    body = {"item_id": item["id"]}
    answers = [
        await (await service.client.post(path, json=body, headers=service.headers)).json()
        for path in ("/v1/op/item.get", "/v1/item/get")
    ]
    assert answers[0] == answers[1] == item


@pytest.mark.parametrize(("image_format", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
@pytest.mark.parametrize("size", [256, 512])
async def test_every_format_and_size(service: Installation, image_format: str, kind: str, size: int) -> None:
    link = await service.add_link()
    tilejson = await tilejson_of(service, link, format=image_format, tilesize=size)
    assert tilejson["tileSize"] == size
    response = await service.client.get(tile_path(tilejson["tiles"][0], tilejson))
    image = Image.open(io.BytesIO(await response.read()))
    assert (image.format, image.size) == (kind, (size, size))
    tile = mercantile.tile(*tilejson["center"][:2], tilejson["minzoom"])
    by_operation = await service.post(
        "share.tile.render", {}, token=link["token"], password=PASSWORD, z=tile.z, x=tile.x, y=tile.y,
        format=image_format, tilesize=size,
    )  # fmt: skip
    assert by_operation.headers["ETag"] == response.headers["ETag"]


async def test_a_tile_without_data_is_204_and_free(service: Installation) -> None:
    link = await service.add_link()
    path = f"/s/{link['token']}/9/0/0.png"
    headers = {"X-Share-Password": PASSWORD}
    empty = await service.client.get(path, headers=headers)
    assert (empty.status, empty.headers["X-Metered"]) == (204, "0")
    drawn = await service.client.get(path, params={"empty": "transparent"}, headers=headers)
    assert (drawn.status, drawn.headers["X-Metered"]) == (200, "0")
    assert Image.open(io.BytesIO(await drawn.read())).convert("RGBA").getextrema()[3] == (0, 0)
    assert (await service.usage())["renders"] == 0


async def test_head_neither_renders_nor_meters(service: Installation) -> None:
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    response = await service.client.head(path)
    assert (response.status, response.headers["X-Metered"]) == (200, "0")
    assert (await service.client.head(path.split("?")[0])).status == 401
    assert (await service.usage())["renders"] == 0


async def test_preview_and_info(service: Installation) -> None:
    link = await service.add_link()
    headers = {"X-Share-Password": PASSWORD}
    preview = await service.client.get(f"/s/{link['token']}/preview.webp", headers=headers)
    assert preview.status == 200
    assert max(Image.open(io.BytesIO(await preview.read())).size) == 512
    small = await service.client.get(f"/s/{link['token']}/preview.png?size=64", headers=headers)
    assert max(Image.open(io.BytesIO(await small.read())).size) == 64
    info = await (await service.client.get(f"/s/{link['token']}/info", headers=headers)).json()
    assert (info["crs"], info["width"], len(info["bands"])) == ("EPSG:32618", 791, 3)
    assert (await service.usage())["renders"] == 2


async def test_validate_gives_a_key_that_opens_tiles(service: Installation) -> None:
    link = await service.add_link(max_views=5)
    response = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    opened = await response.json()
    assert (opened["permission"], opened["target_type"], opened["view_count"]) == ("view", "item", 1)
    assert opened["remaining_views"] == 4
    info = await service.client.get(f"/s/{link['token']}/info", params={"key": opened["key"]})
    assert info.status == 200
    by_header = await service.client.get(f"/s/{link['token']}/info", headers={"X-Share-Key": opened["key"]})
    assert by_header.status == 200
    renewed = await service.post("share.link.validate", {"X-Share-Key": opened["key"]}, token=link["token"])
    assert (await renewed.json())["view_count"] == 1


async def test_max_views_counts_passwords_given(service: Installation) -> None:
    link = await service.add_link(max_views=2)
    statuses = [
        (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).status for _ in range(4)
    ]
    assert statuses == [200, 200, 410, 410]


async def test_max_renders_is_exact(service: Installation) -> None:
    link = await service.add_link(max_renders=3)
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    answers = [await service.client.get(path) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 410, 410]
    assert (await answers[-1].json())["code"] == "limit_reached"


async def test_the_sharers_own_previews_are_free(service: Installation) -> None:
    link = await service.add_link()
    response = await service.client.get(f"/s/{link['token']}/preview.png", headers=service.headers)
    assert (response.status, response.headers["X-Metered"]) == (200, "0")
    assert (await service.usage())["renders"] == 0


async def test_update_changes_what_is_given_and_a_new_password_ends_the_keys(service: Installation) -> None:
    link = await service.add_link(max_renders=10)
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    info = f"/s/{link['token']}/info?key={opened['key']}"
    renamed = await service.ask("share.link.update", link_id=link["id"], name="New", max_renders=None)
    assert (renamed["name"], renamed["max_renders"], renamed["expires_at"]) == ("New", None, link["expires_at"])
    assert (await service.client.get(info)).status == 200
    await service.ask("share.link.update", link_id=link["id"], password="another good one")
    refused = await service.client.get(info)
    assert (refused.status, (await refused.json())["code"]) == (401, "key_invalid")
    old = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert old.status == 401
    new = await service.post("share.link.validate", {}, token=link["token"], password="another good one")
    assert new.status == 200


async def test_a_revocation_reaches_another_worker_at_once(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    one, other = await install(), await install()
    link = await one.add_link()
    tilejson = await tilejson_of(other, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    assert (await other.client.get(path)).status == 200
    await one.ask("share.link.revoke", link_id=link["id"])
    response = await other.client.get(path)
    assert (response.status, (await response.json())["code"]) == (410, "share_revoked")


async def test_lists_go_on_where_the_cursor_points(service: Installation) -> None:
    item = await service.add_item()
    links = [await service.add_link(item) for _ in range(5)]
    await service.ask("share.link.revoke", link_id=links[1]["id"])
    seen, cursor = list[str](), None
    while True:
        page = await service.ask("share.link.list", limit=2, cursor=cursor, status="active", target_id=item["id"])
        seen += [link["id"] for link in page["links"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [link["id"] for number, link in enumerate(links) if number != 1]
    assert [row["id"] for row in (await service.ask("item.list"))["items"]] == [item["id"]]


async def test_items_are_updated_and_deleted(service: Installation) -> None:
    link = await service.add_link()
    item_id = link["target_id"]
    changed = await service.ask("item.update", item_id=item_id, name="Scene", description="# Hello")
    assert (changed["name"], changed["description"]) == ("Scene", "# Hello")
    profile = {"id": "red", "label": "Red", "kind": "raw", "bands": [1], "rescale": [[0, 255]]}
    changed = await service.ask("item.profiles.set", item_id=item_id, profiles=[profile])
    assert [(row["id"], row["is_default"]) for row in changed["profiles"]] == [("red", True)]
    assert (await service.ask("item.get", item_id=item_id)) == changed
    listed = await service.post("share.profiles.list", {}, token=link["token"], password=PASSWORD)
    assert [row["id"] for row in (await listed.json())["profiles"]] == ["red"]
    await service.ask("item.delete", item_id=item_id)
    gone = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert (gone.status, (await gone.json())["code"]) == (410, "target_gone")
    assert (await service.post("item.get", item_id=item_id)).status == 404


async def test_dry_run_makes_nothing(service: Installation) -> None:
    link = await service.add_link(dry_run=True)
    assert (await service.post("share.link.get", link_id=link["id"])).status == 404
