"""The export of usage: whoever comes with the last mark misses nothing and gets nothing for nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from service.metering.export import Grouping, Mark, UsageExport
from service.metering.ledger_store import LedgerStore
from service.metering.snapshot import LastBatch, ShareKey, Snapshot
from service.metering.usage import Units
from tests.conftest import PASSWORD
from tests.links.samples import store_account, store_link

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.bootstrap import Account
    from service.identifiers import LinkId, OrganizationId
    from tests.conftest import Installation

NOW = datetime.now(UTC)
TODAY = NOW.date()
BILLING_JOB = Path(__file__).parents[2] / "docs" / "billing_job.py"


async def count(store: LedgerStore, org: OrganizationId, link: LinkId, days_ago: int, epoch: str, renders: int) -> None:
    shares = {ShareKey(link, TODAY - timedelta(days=days_ago), epoch): Units(renders=renders, bytes=renders * 100)}
    batches = {epoch: LastBatch(seq=renders, used_at=NOW)}
    await store.write(org, Snapshot(rev=f"{epoch}:{renders}", batches=batches, shares=shares, last_used={}), shares)


async def follow(
    export: UsageExport, org: OrganizationId | None, grouping: Grouping, copy: dict[Any, Units], mark: Mark
) -> Mark:
    """Read on from a mark as a billing job does, a few rows at a time."""
    while rows := await export.rows(org, grouping, mark, limit=3):
        for row in rows:
            where = () if org else (row.organization_id,)
            copy[*where, row.day, row.project_id, row.link_id] = row.units
        mark = rows[-1].mark
    return mark


@pytest.mark.parametrize("grouping", list(Grouping))
async def test_a_copy_that_follows_the_marks_is_the_ledger(engine: AsyncEngine, grouping: Grouping) -> None:
    chance, store, export = random.Random(7), LedgerStore(engine), UsageExport(engine)
    account = await store_account(engine)
    org = account.organization_id
    links = [(await store_link(engine, account)).id for _ in range(4)]
    counted: dict[tuple[LinkId, int, str], int] = {}
    copy, mark = dict[Any, Units](), Mark()
    for _ in range(40):
        key = (chance.choice(links), chance.randrange(3), chance.choice(["e1", "e2"]))
        counted[key] = counted.get(key, 0) + chance.randint(1, 5)
        await count(store, org, *key, counted[key])
        if chance.random() < 0.4:
            mark = await follow(export, org, grouping, copy, mark)
    mark = await follow(export, org, grouping, copy, mark)
    wanted: dict[Any, Units] = {}
    for (link, days_ago, _), renders in counted.items():
        project = None if grouping is Grouping.ORGANIZATION else account.project_id
        key = (TODAY - timedelta(days=days_ago), project, link if grouping is Grouping.LINK else None)
        wanted[key] = wanted.get(key, Units()) + Units(renders=renders, bytes=renders * 100)
    assert copy == wanted
    assert await export.rows(org, grouping, mark, limit=10) == []


async def test_a_job_that_reads_while_settlers_write_misses_nothing(engine: AsyncEngine) -> None:
    store, export, account = LedgerStore(engine), UsageExport(engine), await store_account(engine)
    org = account.organization_id
    links = [(await store_link(engine, account)).id for _ in range(3)]

    async def settle(link: LinkId, epoch: str) -> None:
        for n in range(1, 16):
            await count(store, org, link, 0, epoch, n)

    writers = [asyncio.create_task(settle(link, epoch)) for link in links for epoch in ("e1", "e2")]
    copy, mark = dict[Any, Units](), Mark()
    while not all(writer.done() for writer in writers):
        mark = await follow(export, org, Grouping.LINK, copy, mark)
    await asyncio.gather(*writers)
    await follow(export, org, Grouping.LINK, copy, mark)
    assert {units.renders for units in copy.values()} == {30}
    assert len(copy) == 3


@pytest.mark.parametrize("grouping", [Grouping.LINK, Grouping.ORGANIZATION])
async def test_one_mark_follows_every_organization(engine: AsyncEngine, grouping: Grouping) -> None:
    """Also while they are settled at the same time."""
    store, export = LedgerStore(engine), UsageExport(engine)
    accounts = [await store_account(engine, name) for name in ("One", "Two", "Three")]
    links = [(account, (await store_link(engine, account)).id) for account in accounts for _ in range(2)]

    async def settle(account: Account, link: LinkId, days_ago: int) -> None:
        for n in range(1, 6):
            await count(store, account.organization_id, link, days_ago, "e1", n)

    writers = [asyncio.create_task(settle(*link, nth % 2)) for nth, link in enumerate(links)]
    copy, mark = dict[Any, Units](), Mark()
    while not all(writer.done() for writer in writers):
        mark = Mark.parse((await follow(export, None, grouping, copy, mark)).text())
    await asyncio.gather(*writers)
    mark = await follow(export, None, grouping, copy, mark)
    apart = dict[Any, Units]()
    for account in accounts:
        own = dict[Any, Units]()
        await follow(export, account.organization_id, grouping, own, Mark())
        apart |= {(account.organization_id, *key): units for key, units in own.items()}
    assert copy == apart
    assert len(copy) == 6
    assert await export.rows(None, grouping, mark, limit=10) == []


async def test_writing_the_same_again_changes_nothing(engine: AsyncEngine) -> None:
    store, export, account = LedgerStore(engine), UsageExport(engine), await store_account(engine)
    link = (await store_link(engine, account)).id
    await count(store, account.organization_id, link, 0, "e1", 5)
    (row,) = await export.rows(account.organization_id, Grouping.LINK, Mark(), limit=10)
    for renders in (5, 4):
        await count(store, account.organization_id, link, 0, "e1", renders)
    assert await export.rows(account.organization_id, Grouping.LINK, row.mark, limit=10) == []


async def test_organizations_are_exported_apart(engine: AsyncEngine) -> None:
    store, export = LedgerStore(engine), UsageExport(engine)
    first, second = await store_account(engine, "One"), await store_account(engine, "Two")
    link = (await store_link(engine, first)).id
    await count(store, first.organization_id, link, 0, "e1", 5)
    assert await export.rows(second.organization_id, Grouping.LINK, Mark(), limit=10) == []


@pytest.mark.parametrize(
    "text", ["", "x", "e30=", "WzFd", "WyIxIiwgIngiLCAiIl0=", "Wy0xLCAiMjAyNi0wMS0wMSIsICIiXQ==", "ü"]
)
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Mark.parse(text)


@pytest.mark.parametrize("organization", ["", "org_ö"])
def test_a_mark_survives_its_text(organization: str) -> None:
    mark = Mark(revision=2**62, day=TODAY, group="lnk_ä", organization=organization)
    assert Mark.parse(mark.text()) == mark


async def invoice(service: Installation, folder: Path) -> tuple[str, int]:
    """Run the billing job of the documentation; return the project and the renders of its one line."""
    demo = {"base_url": str(service.client.make_url("")).rstrip("/"), "api_key": service.api_key}
    (folder / "demo.json").write_text(json.dumps(demo | {"organization_id": service.account.organization_id}))
    words = [sys.executable, BILLING_JOB, folder / "demo.json", folder / "billing.sqlite", f"{TODAY:%Y-%m}"]
    job = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, errors = await job.communicate()
    assert job.returncode == 0, errors
    (line,) = csv.DictReader(io.StringIO(out.decode()))
    return line["project_id"], int(line["renders"])


async def test_a_billing_job_reads_json_and_csv(service: Installation, tmp_path: Path) -> None:
    link, account = await service.add_link(), service.account
    organization_id = account.organization_id
    validated = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    for _ in range(2):
        answer = await service.client.get(f"/s/{link['token']}/preview.png", params={"key": validated["key"]})
        assert answer.headers["X-Metered"] == "1"
        size = len(await answer.read())
    first = await service.ask("usage.export", organization_id=organization_id)
    (row,) = first["rows"]
    assert (row["renders"], row["cached"], row["views"], row["bytes"]) == (2, 1, 1, 2 * size)
    assert (row["link_id"], row["project_id"], row["day"]) == (link["id"], link["project_id"], TODAY.isoformat())
    assert (first["more"], first["complete_through"]) == (False, (TODAY - timedelta(days=1)).isoformat())
    again = await service.ask("usage.export", organization_id=organization_id, since=first["high_water_mark"])
    assert (again["rows"], again["high_water_mark"]) == ([], first["high_water_mark"])
    response = await service.post("usage.export", organization_id=organization_id, format="csv")
    assert response.content_type == "text/csv"
    assert response.headers["X-High-Water-Mark"] == first["high_water_mark"]
    (line,) = csv.DictReader(io.StringIO(await response.text()))
    assert line == {name: "" if value is None else str(value) for name, value in row.items()}
    assert await invoice(service, tmp_path) == await invoice(service, tmp_path) == (account.project_id, 2)
    refused = await service.post("usage.export", organization_id=organization_id, since="nonsense")
    assert (refused.status, (await refused.json())["field"]) == (422, "since")
    assert (await service.post("usage.export", organization_id="org_somebody_else")).status == 404
