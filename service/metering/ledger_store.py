"""SQL of the usage ledger."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Row, func, or_, select

from service.database.tables import links, organizations, usage_epochs, usage_ledger, usage_marks, usage_sequence
from service.database.upsert import upsert
from service.identifiers import LinkId, OrganizationId
from service.metering.budgets import BUDGETED
from service.metering.months import MONTH_LENGTH, month_of_share
from service.metering.snapshot import LastBatch, ShareKey, Snapshot
from service.metering.usage import UNITS, Units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ROWS_A_STATEMENT = 500


class LedgerStore:
    """Reads and writes the ledger. Every method is one transaction.

    A row is one worker's share in the total of a link on a UTC day. Only that worker adds to it, so the greater of two
    copies is right, whichever of two Redis servers that came apart they are from.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def revisions(self) -> dict[OrganizationId, str]:
        """Return the `rev` of each organization's usage hash that was written last, "" for none."""
        query = select(organizations.c.id, usage_marks.c.rev).outerjoin(usage_marks)
        async with self._engine.connect() as connection:
            return {OrganizationId(row.id): row.rev or "" for row in await connection.execute(query)}

    async def write(
        self, organization_id: OrganizationId, snapshot: Snapshot, shares: Mapping[ShareKey, Units]
    ) -> None:
        """Write a snapshot's batches and some of its shares. Twice, or late, it changes nothing: the greater stays."""
        async with self._engine.begin() as connection:
            revision = await _next_revision(connection, organization_id, snapshot.rev)
            rows = [
                {
                    "organization_id": organization_id,
                    **key._asdict(),
                    **{unit: getattr(units, unit) for unit in UNITS},
                    "last_used_at": snapshot.last_used.get(key.link_id),
                    "seq": snapshot.batches.get(key.epoch, LastBatch()).seq,
                    "revision": revision,
                }
                for key, units in sorted(shares.items())
            ]
            for start in range(0, len(rows), ROWS_A_STATEMENT):
                await _write_shares(connection, rows[start : start + ROWS_A_STATEMENT])
            await _write_batches(connection, organization_id, snapshot.batches)

    async def batches(self, organization_id: OrganizationId, since: datetime) -> dict[str, LastBatch]:
        """Return the last batch of each epoch that was used after `since`."""
        where = (usage_epochs.c.organization_id == organization_id) & (usage_epochs.c.used_at >= since)
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(usage_epochs).where(where))
            return {row.epoch: LastBatch(seq=row.seq, verdicts=row.verdicts, used_at=row.used_at) for row in rows}

    async def settled(self, epochs: Sequence[str]) -> dict[str, int]:
        """Return the last batch of each of some epochs that the ledger has."""
        if not epochs:
            return {}
        query = select(usage_epochs.c.epoch, usage_epochs.c.seq).where(usage_epochs.c.epoch.in_(epochs))
        async with self._engine.connect() as connection:
            return {row.epoch: row.seq for row in await connection.execute(query)}

    async def shares(
        self, organization_id: OrganizationId, *, first: date, epoch: str | None = None, after: int = 0
    ) -> dict[ShareKey, Units]:
        """Return shares of the days since `first`; of one epoch those that changed after batch `after`."""
        where = (usage_ledger.c.organization_id == organization_id) & (usage_ledger.c.day >= first)
        if epoch is not None:
            where &= (usage_ledger.c.epoch == epoch) & (usage_ledger.c.seq > after)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(usage_ledger).where(where))).all()
        return {ShareKey(LinkId(row.link_id), row.day, row.epoch): units_in(row) for row in rows}

    async def days(
        self, organization_id: OrganizationId, first: date, last: date, link_id: LinkId | None = None
    ) -> dict[tuple[date, LinkId], Units]:
        """Return the totals of each UTC day and link from `first` to `last`, in that order; of one link if given."""
        ledger = usage_ledger.c
        query = (
            select(ledger.day, ledger.link_id, *unit_sums())
            .where(ledger.organization_id == organization_id, ledger.day.between(first, last))
            .group_by(ledger.day, ledger.link_id)
            .order_by(ledger.day, ledger.link_id)
        )
        if link_id is not None:
            query = query.where(ledger.link_id == link_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {(row.day, LinkId(row.link_id)): units_in(row) for row in rows}

    async def months(self, organization_id: OrganizationId, first: date) -> dict[str, dict[str, int]]:
        """Return what was used in each month of an organization, of the units that have budgets, since a UTC day."""
        ledger = usage_ledger.c
        epoch = func.substr(ledger.epoch, 1, MONTH_LENGTH + 1)
        query = (
            select(epoch.label("epoch"), ledger.day, *unit_sums())
            .where(ledger.organization_id == organization_id, ledger.day >= first)
            .group_by(epoch, ledger.day)
        )
        months = dict[str, Counter[str]]()
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                used = months.setdefault(month_of_share(row.epoch, row.day), Counter())
                used.update({unit: int(getattr(row, unit)) for unit in BUDGETED})
        return {month: dict(used) for month, used in months.items()}

    async def all_days(self, first: date, last: date) -> dict[date, Units]:
        """Return the totals of all organizations on each UTC day from `first` to `last` that has any."""
        day = usage_ledger.c.day
        query = select(day, *unit_sums()).where(day.between(first, last)).group_by(day).order_by(day)
        async with self._engine.connect() as connection:
            return {row.day: units_in(row) for row in await connection.execute(query)}

    async def last_used(self, organization_id: OrganizationId) -> dict[LinkId, datetime]:
        """Return when each link was used last."""
        ledger = usage_ledger.c
        query = (
            select(ledger.link_id, func.max(ledger.last_used_at).label("used_at"))
            .where(ledger.organization_id == organization_id, ledger.last_used_at.is_not(None))
            .group_by(ledger.link_id)
        )
        async with self._engine.connect() as connection:
            return {LinkId(row.link_id): row.used_at for row in await connection.execute(query)}

    async def versions(self, organization_id: OrganizationId) -> dict[LinkId, int]:
        """Return the version of each link."""
        query = select(links.c.id, links.c.version).where(links.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            return {LinkId(row.id): row.version for row in await connection.execute(query)}


async def _next_revision(connection: AsyncConnection, organization_id: OrganizationId, rev: str) -> int:
    """Return the number of this change of the ledger.

    It waits for a change that is under way, of whichever organization, so that numbers become visible in their order.
    """
    counting = upsert(connection, usage_sequence).values(id=1, revision=1)
    counting = counting.on_conflict_do_update(index_elements=["id"], set_={"revision": usage_sequence.c.revision + 1})
    revision = int(cast("int", await connection.scalar(counting.returning(usage_sequence.c.revision))))
    statement = upsert(connection, usage_marks).values(
        organization_id=organization_id, revision=revision, rev=rev, settled_at=datetime.now(UTC)
    )
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id"],
        set_={"revision": new.revision, "rev": new.rev, "settled_at": new.settled_at},
    )
    await connection.execute(statement)
    return revision


async def _write_shares(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    greatest = func.greatest if connection.dialect.name == "postgresql" else func.max
    statement = upsert(connection, usage_ledger)
    old, new = usage_ledger.c, statement.excluded
    values: dict[str, ColumnElement[object]] = {name: greatest(old[name], new[name]) for name in (*UNITS, "seq")}
    values["revision"] = new.revision
    values["last_used_at"] = greatest(
        func.coalesce(old.last_used_at, new.last_used_at), func.coalesce(new.last_used_at, old.last_used_at)
    )
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id", "link_id", "day", "epoch"],
        set_=values,
        where=or_(*(new[unit] > old[unit] for unit in UNITS)),
    )
    await connection.execute(statement, list(rows))


async def _write_batches(
    connection: AsyncConnection, organization_id: OrganizationId, batches: Mapping[str, LastBatch]
) -> None:
    rows = [
        {
            "organization_id": organization_id,
            "epoch": epoch,
            "seq": batch.seq,
            "verdicts": batch.verdicts,
            "used_at": batch.used_at,
        }
        for epoch, batch in sorted(batches.items())
    ]
    statement = upsert(connection, usage_epochs)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["epoch", "organization_id"],
        set_={name: new[name] for name in ("seq", "verdicts", "used_at")},
        where=new.seq > usage_epochs.c.seq,
    )
    if rows:
        await connection.execute(statement, rows)


def unit_sums() -> list[ColumnElement[int]]:
    """Return the sum of each unit's column, under the unit's name."""
    return [func.sum(usage_ledger.c[unit]).label(unit) for unit in UNITS]


def units_in(row: Row[Any]) -> Units:
    """Return the amounts of a row that has a column for each unit."""
    return Units(**{unit: int(getattr(row, unit)) for unit in UNITS})
