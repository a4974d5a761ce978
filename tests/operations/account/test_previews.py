"""What members see of their items: small pictures, which no link shares and nobody counts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

DRAFT = {"id": "draft", "label": "Draft", "kind": "raw", "bands": [1], "rescale": [[0, 255]], "colormap": "viridis"}


async def picture(service: Installation, **body: Any) -> Image.Image:
    response = await service.post("item.preview", **body)
    assert response.status == 200, await response.text()
    assert response.headers["X-Metered"] == "0"
    return Image.open(io.BytesIO(await response.read()))


async def test_a_member_sees_their_item_small_and_uncounted(service: Installation) -> None:
    item = await service.add_item()
    first = await picture(service, item_id=item["id"])
    assert (first.format, max(first.size)) == ("WEBP", 256)
    drawn = await picture(service, item_id=item["id"], draft=DRAFT, max_size=64, format="png")
    assert (drawn.format, max(drawn.size)) == ("PNG", 64)
    assert drawn.convert("RGB").tobytes() != first.convert("RGB").resize(drawn.size).tobytes()
    assert (await service.usage())["renders"] == 0
    assert (await service.ask("item.get", item_id=item["id"]))["profiles"] == item["profiles"]


async def test_what_a_browser_has_is_not_sent_again(service: Installation) -> None:
    item = await service.add_item()
    tag = (await service.post("item.preview", item_id=item["id"])).headers["ETag"]
    held = service.headers | {"If-None-Match": tag}
    assert (await service.post("item.preview", held, item_id=item["id"])).status == 304


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"max_size": 513}, "field_invalid"),
        ({"max_size": 8}, "field_invalid"),
        ({"format": "tif"}, "field_invalid"),
        ({"draft": DRAFT | {"bands": [9]}}, "field_invalid"),
        ({"draft": DRAFT | {"expression": "b1+(", "bands": []}}, "field_invalid"),
        ({"draft": DRAFT, "profile": "rgb"}, "field_invalid"),
        ({"profile": "nothing"}, "profile_not_found"),
    ],
)
async def test_what_cannot_be_drawn_is_told(lasting: Installation, changes: dict[str, Any], code: str) -> None:
    item = await lasting.add_item()
    response = await lasting.post("item.preview", item_id=item["id"], **changes)
    assert (await response.json())["code"] == code


async def test_values_are_described_as_a_stretch_needs_them(service: Installation) -> None:
    item = await service.add_item()
    bands = (await service.ask("item.statistics", item_id=item["id"]))["bands"]
    assert [band["name"] for band in bands] == ["b1", "b2", "b3"]
    made = await service.ask("item.statistics", item_id=item["id"], draft=DRAFT | {"expression": "b1/b2", "bands": []})
    assert len(made["bands"]) == 1
    assert len(made["bands"][0]["histogram"]["counts"]) + 1 == len(made["bands"][0]["histogram"]["edges"])


@pytest.mark.security
async def test_a_link_s_key_opens_no_preview(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    for headers in ({}, {"X-Share-Password": PASSWORD}, {"X-Share-Key": link["token"]}):
        assert (await service.post("item.preview", headers, item_id=item["id"])).status == 401
