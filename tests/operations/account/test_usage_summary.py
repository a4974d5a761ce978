"""Sums of what links were used for, by month and by link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation


async def test_links_are_summed_by_month_with_their_names(service: Installation) -> None:
    item = await service.add_item()
    links = [await service.add_link(item, name=name) for name in ("Forest", "Lake")]
    for count, link in enumerate(links, start=1):
        for x in range(70, 70 + count):
            tile = {"token": link["token"], "password": PASSWORD, "z": 8, "x": x, "y": 110}
            assert (await service.post("share.tile.render", {}, **tile)).status in {200, 204}
    mine = {"organization_id": service.account.organization_id}
    told = await service.ask("usage.summary", **mine)
    month = f"{datetime.now(UTC):%Y-%m}"
    total = (await service.usage())["renders"]
    assert [(one["month"], one["renders"]) for one in told["months"]] == [(month, total)]
    assert told["month"] == month
    assert {one["name"] for one in told["links"]} == {"Forest", "Lake"}
    assert [one["renders"] for one in told["links"]] == sorted((one["renders"] for one in told["links"]), reverse=True)
    first = await service.ask("usage.summary", **mine, limit=1)
    assert (len(first["links"]), first["more"], told["more"]) == (1, True, False)
    assert (await service.ask("usage.summary", **mine, month="2020-02"))["links"] == []


async def test_names_are_told_to_who_may_see_links(service: Installation) -> None:
    link = await service.add_link(name="Forest")
    await service.post("share.tile.render", {}, token=link["token"], password=PASSWORD, z=8, x=72, y=110)
    key = await service.ask("api_key.create", label="billing", scopes=["usage:read"])
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    response = await service.post("usage.summary", headers, organization_id=service.account.organization_id)
    (told,) = (await response.json())["links"]
    assert (told["link_id"], told["name"], told["renders"]) == (link["id"], None, 1)


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "26-01", "2026-1", "2026-11-01", "0000-01"])
async def test_a_month_that_is_none_is_refused(service: Installation, month: str) -> None:
    mine = {"organization_id": service.account.organization_id}
    response = await service.post("usage.summary", **mine, month=month)
    assert (response.status, (await response.json())["field"]) == (422, "month")
