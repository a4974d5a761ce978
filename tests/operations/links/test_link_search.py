"""Finding links by words and state, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.links.link import LinkStatus
from service.links.link_search import LinkSearch, Wanted
from tests.links.samples import store_account, store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.conftest import Installation

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)
STATES: list[dict[str, Any]] = [
    {},
    {"expires_at": FUTURE},
    {"expires_at": PAST},
    {"expires_at": NOW},
    {"starts_at": FUTURE},
    {"starts_at": PAST, "expires_at": FUTURE},
    {"starts_at": FUTURE, "expires_at": PAST},
    {"suspended_at": PAST, "expires_at": PAST},
    {"suspended_at": PAST, "revoked_at": PAST},
    {"revoked_at": PAST},
]


async def test_sql_knows_the_status_that_a_link_says_itself(engine: AsyncEngine) -> None:
    account = await store_account(engine, "One")
    links = [await store_link(engine, account, **state) for state in STATES]
    for status in LinkStatus:
        wanted = Wanted(project_ids=[account.project_id], status=status, now=NOW)
        found = set(await LinkSearch(engine).ids(wanted, 100))
        assert found == {link.id for link in links if link.status(NOW) is status}


@pytest.fixture
async def made(service: Installation) -> list[Any]:
    """Three links: the second was opened."""
    item = await service.add_item(name="Survey of 2026")
    names = ["Beta 100%", "alpha", "Gamma"]
    links = [
        await service.add_link(item, name=name, expires_in_hours=hours, recipients=[f"{name[:4].lower()}@example.org"])
        for name, hours in zip(names, (30, 20, 10), strict=True)
    ]
    await service.post("share.link.validate", headers={}, token=links[1]["token"], password="correct horse battery")
    return links


async def names(service: Installation, **fields: Any) -> list[str]:
    return [link["name"] for link in (await service.ask("share.link.find", **fields))["links"]]


async def test_links_are_sorted_as_asked(service: Installation, made: list[Any]) -> None:
    assert len(made) == 3
    assert await names(service) == ["Gamma", "alpha", "Beta 100%"]
    assert await names(service, sort="name", descending=False) == ["alpha", "Beta 100%", "Gamma"]
    assert await names(service, sort="expires_at", descending=False) == ["Gamma", "alpha", "Beta 100%"]
    for sort in ("view_count", "last_accessed_at"):
        assert (await names(service, sort=sort))[0] == "alpha"
        assert (await names(service, sort=sort, descending=False))[-1] == "alpha"


async def test_words_are_looked_for_in_names_recipients_and_what_is_shared(
    service: Installation, made: list[Any]
) -> None:
    for query, expected in {
        "ALPHA": {"alpha"},
        "100%": {"Beta 100%"},
        "%": {"Beta 100%"},
        "a_pha": set(),
        "gamm@example.org": {"Gamma"},
        "survey 2026": {"alpha", "Beta 100%", "Gamma"},
        "survey gamma": {"Gamma"},
        made[0]["id"]: {"Beta 100%"},
        "'; drop table links; --": set(),
    }.items():
        assert set(await names(service, query=query)) == expected, query
    found = await service.ask("share.link.find", query="alpha")
    assert (found["total"], found["links"][0]["target_name"]) == (1, "Survey of 2026")


@pytest.mark.parametrize("sort", ["name", "render_count"])
async def test_pages_follow_each_other_without_a_gap(service: Installation, made: list[Any], sort: str) -> None:
    seen, cursor = [], None
    while True:
        page = await service.ask("share.link.find", sort=sort, limit=1, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 3
        seen += [link["id"] for link in page["links"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(link["id"] for link in made)


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0=", "Wy0xXQ==", "WzEsMl0="])
async def test_a_cursor_of_another_make_is_refused(lasting: Installation, cursor: str) -> None:
    response = await lasting.post("share.link.find", cursor=cursor)
    assert (response.status, (await response.json())["field"]) == (422, "cursor")
