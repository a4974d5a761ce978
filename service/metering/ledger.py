"""The SQL ledger: the usage counters' safe copy, and what they are restored from."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled
from service.metering.budget_store import BudgetStore
from service.metering.budgets import used_text
from service.metering.counters import Counters
from service.metering.ledger_store import LedgerStore
from service.metering.snapshot import LastBatch, Snapshot, read_snapshot
from service.metering.usage import SHARE_DAYS, UNITS, Units, epoch_field, milliseconds, share_field, usage_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId, OrganizationId
    from service.metering.snapshot import ShareKey
    from service.metering.usage_watch import UsageWatch

LEADER_KEY = "tg:settler"
TRIMMED_AT_ONCE = 1000
LAST_PATIENCE = 5.0

logger = logging.getLogger(__name__)


class Ledger:
    """Copies absolute totals from Redis to SQL. Doing it twice, or late, changes nothing: the greater total stays.

    Where Redis turns out to have lost what the ledger has, it is sent again: also the part of workers that are gone.
    """

    def __init__(self, engine: AsyncEngine, redis: Redis, watch: UsageWatch | None = None) -> None:
        """`watch`: what looks at totals on the way."""
        self._watch = watch
        self._store = LedgerStore(engine)
        self._budgets = BudgetStore(engine)
        self._redis = redis
        self._counters = Counters(redis, self.counters)
        self._written: dict[OrganizationId, dict[ShareKey, Units]] = {}

    async def counters(self, organization_id: OrganizationId) -> dict[str, str | int]:
        """Return the usage hash that the ledger stands for (see `meter.lua`), with each link's version."""
        first, recent = _first_kept_day(), datetime.now(UTC) - timedelta(days=SHARE_DAYS)
        totals: Counter[str] = Counter()
        for (day, link_id), units in (await self._store.days(organization_id, date.min, date.max)).items():
            for unit, amount in zip(UNITS, units.as_tuple(), strict=True):
                totals[f"o:{day.isoformat()}:{unit}"] += amount
                totals[f"t:{link_id}:{unit}"] += amount
        for key, units in (await self._store.shares(organization_id, first=first)).items():
            totals.update(_share_fields(key, units))
        for link_id, used_at in (await self._store.last_used(organization_id)).items():
            totals[f"u:{link_id}"] = milliseconds(used_at)
        for link_id, version in (await self._store.versions(organization_id)).items():
            totals[f"v:{link_id}"] = version
        months = await self._store.months(organization_id, _first_of_months())
        budget = await self._budgets.get(organization_id)
        batches = await self._store.batches(organization_id, recent)
        return {
            **{name: n for name, n in totals.items() if n},
            **{f"p:{month}": used_text(used) for month, used in months.items()},
            **{epoch_field(epoch): batch.text() for epoch, batch in batches.items()},
            **({"budget": budget.text()} if budget.version else {}),
            "months": 1,
        }

    async def history(
        self, organization_id: OrganizationId, first: date, last: date, link_id: LinkId | None = None
    ) -> dict[tuple[date, LinkId], Units]:
        """Return the settled totals of each UTC day and link from `first` to `last`; of one link where it is given."""
        return await self._store.days(organization_id, first, last, link_id)

    async def all_days(self, first: date, last: date) -> dict[date, Units]:
        """Return the settled totals of all organizations on each UTC day from `first` to `last` that has any."""
        return await self._store.all_days(first, last)

    async def settled(self, epochs: Sequence[str]) -> dict[str, int]:
        """Return the last batch of each of some epochs that the ledger has."""
        return await self._store.settled(epochs)

    async def settle(self, organization_id: OrganizationId, known: str = "") -> int:
        """Copy an organization's counters unless their revision is `known`; return how many shares were written.

        Then drop from Redis what is old, and send it what it lost.
        """
        key = usage_key(organization_id)
        revision = cast("bytes | None", await self._redis.hget(key, "rev"))
        if revision is None or revision.decode() == known:
            return 0
        fields = cast("dict[bytes, bytes]", await self._redis.hgetall(key))
        if not fields:  # lost since
            return 0
        snapshot = read_snapshot(fields)
        written = self._written.get(organization_id, {})
        shares = {key: units for key, units in snapshot.shares.items() if written.get(key) != units}
        if self._watch is not None:
            await self._watch.look(organization_id, fields, (key.link_id for key in shares))
        await self._store.write(organization_id, snapshot, shares)
        self._written[organization_id] = snapshot.shares
        await self._mend(organization_id, snapshot)
        await self._trim(organization_id, snapshot)
        return len(shares)

    async def settle_all(self) -> None:
        """Settle every organization whose counters changed, and mend budgets that Redis has lost."""
        budgets, settled = await self._budgets.all(), await self._store.revisions()
        found = await self._counters.peek([*settled], ["rev", "budget"])
        for organization_id, (revision, known) in found.items():
            if revision is None:
                continue
            budget = budgets.get(organization_id)
            if budget is not None and known != budget.text().encode():
                await self._counters.set_budget(organization_id, budget)
            if revision.decode() != settled[organization_id]:
                await self.settle(organization_id)

    async def settle_last(self, organization_ids: Sequence[OrganizationId]) -> None:
        """Settle some organizations before this worker ends: then nobody needs its tally any more."""
        try:
            async with asyncio.timeout(LAST_PATIENCE):
                for organization_id in organization_ids:
                    await self.settle(organization_id)
        except (RedisError, SQLAlchemyError, OSError, TimeoutError) as exc:
            logger.warning("usage not settled at the end; another worker will: %s", type(exc).__name__)

    async def run(self, interval: float) -> None:
        """Settle every `interval` seconds, one worker at a time. An outage is logged and made up for later."""
        while not is_cancelled():
            await asyncio.sleep(interval)
            try:
                if await self._redis.set(LEADER_KEY, "1", nx=True, px=int(interval * 900)):
                    await self.settle_all()
            except (RedisError, SQLAlchemyError, OSError) as exc:
                logger.warning("usage not settled, will try again: %s", type(exc).__name__)

    async def _mend(self, organization_id: OrganizationId, snapshot: Snapshot) -> None:
        """Send Redis what it lost of what the ledger has. The worker does so too if it lives: that does no harm."""
        recent = datetime.now(UTC) - timedelta(days=SHARE_DAYS - 1)
        for epoch, batch in (await self._store.batches(organization_id, recent)).items():
            last = snapshot.batches.get(epoch, LastBatch()).seq
            if last >= batch.seq:
                continue
            logger.warning("Redis lost batches %d to %d of worker %s: counting them again", last + 1, batch.seq, epoch)
            shares = await self._store.shares(organization_id, first=_first_kept_day(), epoch=epoch, after=last)
            items: list[list[str | int]] = [
                [key.link_id, key.day.isoformat(), *units.as_tuple()] for key, units in shares.items()
            ]
            await self._counters.advance(organization_id, epoch, batch, items)

    async def _trim(self, organization_id: OrganizationId, snapshot: Snapshot) -> None:
        """Drop shares of past days and workers of past days from Redis: the ledger has them now."""
        first, recent = _first_kept_day(), datetime.now(UTC) - timedelta(days=SHARE_DAYS)
        old = [epoch_field(epoch) for epoch, batch in snapshot.batches.items() if batch.used_at < recent]
        for key, units in snapshot.shares.items():
            if key.day < first:
                old.extend(_share_fields(key, units))
        for start in range(0, len(old), TRIMMED_AT_ONCE):
            await self._redis.hdel(usage_key(organization_id), *old[start : start + TRIMMED_AT_ONCE])


def _first_of_months() -> date:
    """Return the first UTC day of which something may be in this month, wherever on Earth."""
    return (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _first_kept_day() -> date:
    return datetime.now(UTC).date() - timedelta(days=SHARE_DAYS)


def _share_fields(key: ShareKey, units: Units) -> dict[str, int]:
    amounts = zip(UNITS, units.as_tuple(), strict=True)
    return {share_field(key.epoch, key.link_id, key.day, unit): amount for unit, amount in amounts if amount}
