"""share-api-content-and-limits: temporary and permanent links, counted views, and a rate for each kind of call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from service.settings import Settings
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

CAMERA = {"center": [-77.5, 24.5], "zoom": 7}


async def test_links_are_temporary_and_permanent_where_the_operator_allows_it(
    service: Installation, install: Callable[..., Awaitable[Installation]]
) -> None:
    item = await service.add_item()
    forever = {"target_type": "item", "target_id": item["id"], "password": PASSWORD}
    refused = await service.post("share.link.create", **forever)
    assert (refused.status, (await refused.json())["field"]) == (422, "expires_at")
    generous = await install(allow_open_ended_links=True)
    link = await generous.ask("share.link.create", **forever)
    assert (link["expires_at"], link["status"]) == (None, "active")
    assert any("never expires" in warning for warning in link["warnings"])


async def test_a_text_an_image_and_something_interactive_are_shared(service: Installation) -> None:
    raster, project_id = await service.add_item(), service.account.project_id
    Image.new("RGB", (30, 20)).save(service.root / "example.jpg")
    contents = {
        "text": {"content": {"markdown": "Plain text or **markdown** content"}},
        "image": {"root": "files", "path": "example.jpg"},
        "map": {"content": {"layers": [{"item_id": raster["id"], "opacity": 0.5}], "camera": CAMERA}},
    }
    shared = {}
    for kind, fields in contents.items():
        item = await service.ask("item.create", project_id=project_id, name=kind, **fields)
        assert item["kind"] == kind
        link = await service.add_link(item)
        opened = await service.post("share.content.get", {}, token=link["token"], password=PASSWORD)
        shared[kind] = (await opened.json())[kind]
    assert "<strong>markdown</strong>" in shared["text"]["html"]
    picture = await service.client.get(shared["image"]["url"].removeprefix(service.settings.base_url))
    assert (picture.status, picture.content_type.partition("/")[0]) == (200, "image")
    assert (shared["map"]["camera"]["zoom"], shared["map"]["layers"][0]["opacity"]) == (7, 0.5)


async def test_views_are_counted_limited_and_told(service: Installation) -> None:
    link = await service.add_link(max_views=2)
    for number in (1, 2):
        opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
        document = await opened.json()
        assert (document["view_count"], document["remaining_views"]) == (number, 2 - number)
    third = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert (third.status, (await third.json())["code"]) == (410, "limit_reached")
    detail = await service.ask("share.link.get", link_id=link["id"])
    assert (detail["view_count"], detail["remaining_views"]) == (2, 0)


async def test_shares_are_updated_deleted_and_listed(service: Installation) -> None:
    link = await service.add_link()
    assert (await service.ask("share.link.update", link_id=link["id"], max_views=7))["max_views"] == 7
    assert [each["id"] for each in (await service.ask("share.link.list"))["links"]] == [link["id"]]
    assert (await service.ask("share.link.revoke", link_id=link["id"]))["ok"]


RATES = {
    "rate_create": (30, "share.link.create", {}),
    "rate_read": (300, "share.link.get", {"link_id": "lnk_none"}),
    "rate_update": (60, "share.link.update", {"link_id": "lnk_none"}),
    "rate_list": (60, "share.link.list", {}),
}
"""The setting of each kind of call: its default a minute, and a call of that kind."""


async def test_each_kind_of_call_has_a_rate_of_its_own(install: Callable[..., Awaitable[Installation]]) -> None:
    assert {name: Settings.model_fields[name].default for name in RATES} == {
        name: default for name, (default, _, _) in RATES.items()
    }
    service = await install(**dict.fromkeys(RATES, 2))
    for _, operation, body in RATES.values():
        statuses = [(await service.post(operation, **body)).status for _ in range(2)]
        assert 429 not in statuses  # the rates of other kinds that were used up do not count
        refused = await service.post(operation, **body)
        assert (refused.status, (await refused.json())["code"]) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("2", "0")
