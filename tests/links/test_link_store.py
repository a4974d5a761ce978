"""Links in SQL."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from service.database.tables import links
from service.errors import Conflict
from service.identifiers import ItemId, LinkId, new_id
from service.links.link import Link, Permission
from service.links.store import LinkStore
from tests.links.samples import NOW, store_account, store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
def store(engine: AsyncEngine) -> LinkStore:
    return LinkStore(engine)


def test_fields_and_columns_have_the_same_names() -> None:
    assert {field.name for field in fields(Link)} == set(links.columns.keys())


async def test_a_link_comes_back_as_it_was(engine: AsyncEngine, store: LinkStore) -> None:
    plain = await store_link(engine, await store_account(engine, "One"))
    full = await store_link(
        engine,
        await store_account(engine, "Two"),
        permission=Permission.WRITE,
        name="Ünïcode 🗺",
        description="*words*\n" * 100,
        rotation=7,
        generation=2**31 - 1,
        starts_at=NOW,
        suspended_at=NOW + timedelta(microseconds=1),
        revoked_at=NOW,
        revoke_reason="so",
        profiles=("a", "b"),
        allowed_origins=("https://a.example",),
        max_views=0,
        max_renders=2**53,
        max_bytes=2**62,
        min_zoom=0,
        max_zoom=30,
    )
    assert await store.get(plain.id) == plain
    assert await store.get(full.id) == full
    together = await store.get_all([full.id, plain.id, "'; --", new_id("lnk")])
    assert {link.id: link for link in together} == {plain.id: plain, full.id: full}
    assert await store.get_all([]) == []
    assert await store.get(LinkId(new_id("lnk"))) is None
    for odd in ("", "\u0663", "x" * 10_000, "'; --"):
        assert await store.get(LinkId(odd)) is None


async def test_saving_over_a_newer_version_is_refused_and_changes_nothing(
    engine: AsyncEngine, store: LinkStore
) -> None:
    link = await store_link(engine)
    saved = await store.save(replace(link, name="First"))
    assert saved.version == 2
    with pytest.raises(Conflict) as refused:
        await store.save(replace(link, name="Second"))
    assert refused.value.code == "already_changed"
    assert await store.get(link.id) == saved


async def test_pages_hold_every_link_of_the_projects_once_in_order(engine: AsyncEngine, store: LinkStore) -> None:
    account, other = await store_account(engine), await store_account(engine, "Other")
    wanted = [await store_link(engine, account, created_at=NOW + timedelta(microseconds=n // 3)) for n in range(14)]
    hidden = await store_link(engine, other)
    seen, after = list[Link](), None
    while page := await store.list([account.project_id], target_id=None, after=after, limit=4):
        assert len(page) <= 4
        seen += page
        after = (page[-1].created_at, page[-1].id)
    assert seen == sorted(wanted, key=lambda link: (link.created_at, link.id))
    both = await store.list([account.project_id, other.project_id], target_id=None, after=None, limit=100)
    assert hidden in both
    assert len(both) == 15


async def test_the_links_of_a_target_are_found(engine: AsyncEngine, store: LinkStore) -> None:
    account = await store_account(engine)
    one, _ = await store_link(engine, account), await store_link(engine, account)
    again = await store_link(engine, account, target_id=one.target_id)
    found = await store.list([account.project_id], target_id=one.target_id, after=None, limit=9)
    assert {link.id for link in found} == {one.id, again.id}
    assert await store.list([account.project_id], target_id=ItemId("itm_no"), after=None, limit=9) == []
