"""Budgets through the running service: who may set them, and what recipients are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
TILE = "7/36/54.png"
FREE = {"max_renders": None, "max_pixels": None, "max_bytes": None, "max_queries": None}


async def get(service: Installation, link: Any, path: str, **headers: str) -> ClientResponse:
    response = await service.client.get(f"/s/{link['token']}/{path}", headers=HEADERS | headers)
    await response.read()
    return response


async def budget(service: Installation, **fields: Any) -> Any:
    return await service.ask("budget.set", organization_id=service.account.organization_id, **fields)


async def test_a_budget_holds_for_all_links_of_an_organization(service: Installation) -> None:
    """Tiles from the cache, too."""
    item = await service.add_item()
    links = [await service.add_link(item) for _ in range(2)]
    await budget(service, max_renders=7)
    answers = await asyncio.gather(*(get(service, links[n % 2], TILE) for n in range(20)))
    assert Counter(answer.status for answer in answers) == {200: 7, 403: 13}
    refused = next(answer for answer in answers if answer.status == 403)
    problem = await refused.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert (problem["code"], refused.headers["X-Metered"]) == ("budget_exhausted", "0")
    told = await service.ask("budget.get", organization_id=service.account.organization_id)
    assert told["used"] == {"renders": 7, "pixels": 7 * 65536, "bytes": (await service.usage())["bytes"], "queries": 0}
    left = datetime.fromisoformat(told["ends_at"]) - datetime.now(UTC)
    assert 0 <= int(refused.headers["Retry-After"]) - left.total_seconds() < 60
    assert told["ends_at"][:10] in problem["detail"]

    assert (await get(service, links[0], "point/-77.5,24.5")).status == 200
    etag = next(answer.headers["ETag"] for answer in answers if answer.status == 200)
    assert (await get(service, links[0], TILE, **{"If-None-Match": etag})).status == 304
    await budget(service, max_renders=8)
    assert (await get(service, links[1], TILE)).status == 200
    assert (await get(service, links[1], TILE)).status == 403


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        ({"max_pixels": 65535}, TILE),
        ({"max_bytes": 100}, TILE),
        ({"max_queries": 0}, "point/-77.5,24.5"),
        ({"max_queries": 0}, "statistics"),
        ({"max_bytes": 100}, "files/RGB.byte.tif"),
        ({"max_pixels": 50 * 50}, "preview.png?size=64"),
    ],
)
async def test_each_unit_is_limited_where_it_is_counted(
    service: Installation, limits: dict[str, int], path: str
) -> None:
    link = await service.add_link(permission="download")
    await budget(service, **limits)
    answer = await get(service, link, path)
    assert (answer.status, (await answer.json())["code"]) == (403, "budget_exhausted")
    await budget(service)
    assert (await get(service, link, path)).status == 200


async def test_what_is_set_is_told(service: Installation) -> None:
    told = await budget(service, max_renders=5, max_queries=6, time_zone="Asia/Tokyo")
    assert told == await service.ask("budget.get", organization_id=service.account.organization_id)
    assert (told["time_zone"], told["own"]) == ("Asia/Tokyo", FREE | {"max_renders": 5, "max_queries": 6})
    assert told["starts_at"].endswith("T15:00:00Z")
    again = await budget(service, max_bytes=7)
    assert (again["time_zone"], again["own"]) == ("Asia/Tokyo", FREE | {"max_bytes": 7})


async def test_an_admin_may_be_stricter_than_the_operator_and_not_laxer(service: Installation) -> None:
    organization = {"organization_id": service.account.organization_id}
    await service.ask("budget.ceiling.set", **organization, max_renders=10)
    refused = await service.post("budget.set", **organization, max_renders=11)
    problem = await refused.json()
    assert (refused.status, problem["code"], problem["field"]) == (422, "field_invalid", "max_renders")
    assert (await budget(service, max_renders=9, max_bytes=5))["max_renders"] == 9
    told = await budget(service)
    assert (told["max_renders"], told["own"], told["ceiling"]) == (10, FREE, FREE | {"max_renders": 10})
    told = await service.ask("budget.ceiling.set", **organization)
    assert told["max_renders"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"time_zone": "Europe/Bonn"}, "time_zone"),
        ({"time_zone": "../../etc/localtime"}, "time_zone"),
        ({"max_renders": -1}, "max_renders"),
        ({"max_pixels": 2**53}, "max_pixels"),
        ({"max_bytes": "many"}, "max_bytes"),
        ({"max_tiles": 1}, "max_tiles"),
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused(
    lasting: Installation, fields: dict[str, Any], field: str
) -> None:
    answer = await lasting.post("budget.set", organization_id=lasting.account.organization_id, **fields)
    assert (answer.status, (await answer.json())["field"]) == (422, field)


async def test_only_the_operator_sets_a_ceiling(service: Installation) -> None:
    store = service.services.accounts.store
    organization_id = await store.create_organization("Other")
    told = await service.ask("budget.ceiling.set", organization_id=organization_id, max_renders=3)
    assert (told["organization_id"], told["max_renders"]) == (organization_id, 3)
    unknown = await service.post("budget.ceiling.set", organization_id="org_none", max_renders=3)
    assert (unknown.status, (await unknown.json())["code"]) == (404, "organization_not_found")
    key = await service.ask("api_key.create", label="reader", scopes=["usage:read"])
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    for operation, status in (("budget.get", 200), ("budget.set", 403), ("budget.ceiling.set", 403)):
        answer = await service.post(operation, headers, organization_id=service.account.organization_id)
        assert answer.status == status, operation


async def test_a_page_says_it_kindly(service: Installation) -> None:
    link = await service.add_link(permission="download")
    await budget(service, max_bytes=10)
    answer = await get(service, link, "files/RGB.byte.tif", Accept="text/html")
    assert answer.status == 403
    text = await answer.text()
    assert "rests until next month" in text
    assert "nothing is wrong with the link" in text
