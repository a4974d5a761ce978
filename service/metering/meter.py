"""The meter: what is sent is counted first.

Group commit: per organization one batch is in flight at a time (`service.metering.account`), so that a busy worker
makes few round trips. The counting itself is one atomic step in Redis, `meter.lua`.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled
from service.errors import Forbidden, Gone, Unavailable
from service.metering.account import Account
from service.metering.charges import Charge, Verdict
from service.metering.counters import Counters
from service.metering.usage import (
    UNITS,
    LinkUsage,
    Units,
    link_field,
    link_fields,
    moment_of,
    organization_fields,
    units_of,
)
from service.redis.guard import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from redis.asyncio import Redis

    from service.identifiers import LinkId, OrganizationId
    from service.metering.budgets import Budget
    from service.metering.months import Month

CHECK_INTERVAL = 1.0
CHECKED_AT_ONCE = 64
CHECKS_A_LOOK = 5
"""The ledger is looked at every so many checks."""

logger = logging.getLogger(__name__)


class Meter:
    """Counts before anything is sent, and never loses a unit.

    When Redis cannot be asked, a charge raises Unavailable `metering_unavailable` within a second, and nothing may be
    sent. A batch whose reply was lost is sent again under its old number, and counted once. What Redis loses after it
    confirmed is sent to it again, out of the worker's own tally; `restore` gives the counters of an
    organization whose hash is not there, out of the SQL ledger.
    """

    def __init__(
        self,
        redis: Redis,
        restore: Callable[[OrganizationId], Awaitable[Mapping[str, str | int]]],
        seconds: float = PATIENCE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        refused: Callable[[Charge, Verdict], None] = lambda _charge, _verdict: None,
    ) -> None:
        """`seconds`: that one call to Redis may take. `refused` is told of each charge that is."""
        self._clock = clock
        self._refused = refused
        self._counters = Counters(redis, restore)
        self._seconds = seconds
        self._accounts: dict[OrganizationId, Account] = {}

    async def __aenter__(self) -> Self:
        """Return itself; what is still waiting at the end of the context is flushed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for the batches under way."""
        await self.finish()
        await self._counters.close()

    async def finish(self) -> None:
        """Wait for the batches under way."""
        await asyncio.gather(*(account.finish() for account in self._accounts.values()))

    @property
    def unsettled(self) -> list[OrganizationId]:
        """The organizations for which this worker has counted what the ledger is not known to have."""
        return [key for key, account in self._accounts.items() if account.unsettled]

    async def charge(self, charge: Charge) -> None:
        """Count, or raise: Gone `share_revoked`, `limit_reached`, Forbidden `budget_exhausted`, Unavailable.

        Cancelled before its batch is sent, a charge is not counted.
        """
        account = self._accounts.get(charge.organization_id)
        if account is None:
            account = Account(charge.organization_id, self._counters, self._seconds, self._clock)
            self._accounts[charge.organization_id] = account
        verdict = await account.charge(charge)
        if verdict is not Verdict.CHARGED:
            self._refused(charge, verdict)
        if verdict is Verdict.REVOKED:
            raise Gone("share_revoked", "This link was revoked or changed by its owner.")
        if verdict is Verdict.LIMIT_REACHED:
            raise Gone("limit_reached", "This link has reached the limit that its owner set.")
        if verdict is Verdict.BUDGET_EXHAUSTED:
            raise _exhausted(account.month, self._clock())

    async def watch(
        self, settled: Callable[[Sequence[str]], Awaitable[Mapping[str, int]]], interval: float = CHECK_INTERVAL
    ) -> None:
        """See every `interval` seconds that Redis has lost nothing that the ledger does not have; runs until cancelled.

        `settled` returns the last batch of each of some epochs that the ledger has.
        """
        rounds = 0
        while not is_cancelled():
            await asyncio.sleep(interval)
            rounds += 1
            try:
                if rounds % CHECKS_A_LOOK == 0:
                    await self._look(settled)
                unsettled = self.unsettled
                for start in range(0, len(unsettled), CHECKED_AT_ONCE):
                    some = unsettled[start : start + CHECKED_AT_ONCE]
                    await asyncio.gather(*(self._accounts[organization_id].check() for organization_id in some))
            except (RedisError, SQLAlchemyError, OSError) as exc:
                logger.debug("counters not checked: %s", type(exc).__name__)

    async def raise_version(self, organization_id: OrganizationId, link_id: LinkId, version: int) -> None:
        """Refuse all charges of a link below `version`, from now on and everywhere."""
        try:
            await self._counters.raise_version(organization_id, [link_id, version])
        except (RedisError, OSError) as exc:
            detail = "The change is saved, but may not have reached every server yet; send it again."
            raise Unavailable("backend_unavailable", detail, retry_after=1) from exc

    async def set_budget(self, organization_id: OrganizationId, budget: Budget) -> None:
        """Judge all charges of an organization by a budget, from now on and everywhere. Raises Unavailable."""
        try:
            await self._counters.set_budget(organization_id, budget)
        except (RedisError, OSError) as exc:
            detail = "The change is saved, and will hold within seconds of Redis being back; send it again to be sure."
            raise Unavailable("backend_unavailable", detail, retry_after=1) from exc

    async def used(self, organization_id: OrganizationId, month: Month) -> dict[str, int]:
        """Return what was used in an organization's month of each unit that may have a budget, live."""
        try:
            return await self._counters.used(organization_id, month.name)
        except (RedisError, OSError) as exc:
            raise _unread() from exc

    async def lowest_version(self, organization_id: OrganizationId, link_id: LinkId) -> int:
        """Return the lowest version of a link that is served; 0 where none was ever raised. Raises Unavailable."""
        try:
            return await self._counters.lowest_version(organization_id, link_id)
        except (RedisError, OSError) as exc:
            raise Unavailable(
                "backend_unavailable", "Redis is unavailable; try again in a second.", retry_after=1
            ) from exc

    async def organization_usage(self, organization_id: OrganizationId, first: date, last: date) -> dict[date, Units]:
        """Return an organization's totals for each UTC day from `first` to `last`, live."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        names = [name for day in days for name in organization_fields(day)]
        values = await self._read(organization_id, names)
        width = len(UNITS)
        return {day: units_of(values[n * width : (n + 1) * width]) for n, day in enumerate(days)}

    async def link_usage(self, organization_id: OrganizationId, link_ids: Sequence[LinkId]) -> dict[LinkId, LinkUsage]:
        """Return the totals of some links over their lives, live."""
        if not link_ids:
            return {}
        values = await self._read(organization_id, [name for link_id in link_ids for name in link_fields(link_id)])
        width = len(UNITS) + 1
        return {link_id: _link_usage(values[n * width : (n + 1) * width]) for n, link_id in enumerate(link_ids)}

    async def used_of(self, organization_id: OrganizationId, link_ids: Sequence[LinkId], field: str) -> list[int]:
        """Return one number of each of some links, live: a unit over its life, or `last_used_at` (Unix ms); else 0."""
        if not link_ids:
            return []
        names = [link_field(link_id, field) for link_id in link_ids]
        return [int(value or 0) for value in await self._read(organization_id, names)]

    async def _look(self, settled: Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]) -> None:
        books = [book for account in self._accounts.values() for book in account.unsettled]
        known = await settled([book.epoch for book in books])
        for book in books:
            book.settled = max(book.settled, known.get(book.epoch, 0))

    async def _read(self, organization_id: OrganizationId, names: list[str]) -> list[bytes | None]:
        try:
            return await self._counters.read(organization_id, names)
        except (RedisError, OSError) as exc:
            raise _unread() from exc


def _unread() -> Unavailable:
    return Unavailable(
        "metering_unavailable", "The usage counters are unavailable; try again in a second.", retry_after=1
    )


def _exhausted(month: Month, now: datetime) -> Forbidden:
    """Return the refusal until a month ends."""
    detail = (
        "Whoever shares this has used up what they may send in a month. "
        f"It can be seen again from {month.ends_at:%Y-%m-%d} on; nothing is wrong with the link."
    )
    return Forbidden("budget_exhausted", detail, retry_after=(month.ends_at - now).total_seconds())


def _link_usage(values: list[bytes | None]) -> LinkUsage:
    last = values[-1]
    return LinkUsage(units=units_of(values[:-1]), last_used_at=None if last is None else moment_of(last))
