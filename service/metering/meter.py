"""The meter: what is sent is counted first.

Group commit: per organization one batch is in flight at a time, and whatever became ready meanwhile goes with the next,
so that a busy worker makes few round trips. The counting itself is one atomic step in Redis, `meter.lua`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from redis.exceptions import RedisError

from service.cancellation import is_cancelled
from service.errors import Gone, Unavailable
from service.metering.charges import Charge, Verdict
from service.metering.counters import Counters
from service.metering.usage import UNITS, LinkUsage, Units, link_fields, organization_fields, units_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from redis.asyncio import Redis

    from service.identifiers import LinkId, OrganizationId

MAX_BATCH = 256
PATIENCE = 0.9
"""Seconds for which a batch is tried before its waiters are told that metering is unavailable."""
PAUSE = 0.05


@dataclass(slots=True)
class _Waiting:
    charge: Charge
    verdict: asyncio.Future[Verdict]


@dataclass(slots=True)
class _Batch:
    """Sent charges whose verdicts are not known yet; sent again under the same `seq`.

    Once all who waited have been told that nothing is sent, it is sent again empty: where Redis never saw it, nothing
    is counted.
    """

    day: str
    items: list[_Waiting]


@dataclass(slots=True)
class _Account:
    """One organization's line to the counters, in one worker."""

    epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    seq: int = 0
    waiting: list[_Waiting] = field(default_factory=list)
    in_doubt: _Batch | None = None
    flusher: asyncio.Task[None] | None = None


class Meter:
    """Counts before anything is sent, and never loses a unit.

    When Redis cannot be asked, a charge raises Unavailable `metering_unavailable` within a second, and nothing may be
    sent. A batch whose reply was lost is sent again under its old number, and counted once. `restore` gives the
    counters of an organization whose hash is not there, out of the SQL ledger.
    """

    def __init__(self, redis: Redis, restore: Callable[[OrganizationId], Awaitable[Mapping[str, int]]]) -> None:
        self._counters = Counters(redis, restore)
        self._accounts: dict[OrganizationId, _Account] = {}

    async def __aenter__(self) -> Self:
        """Return itself; what is still waiting at the end of the context is flushed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for the batches under way."""
        flushers = [account.flusher for account in self._accounts.values() if account.flusher]
        await asyncio.gather(*flushers, return_exceptions=True)
        await self._counters.close()

    async def charge(self, charge: Charge) -> None:
        """Count, or raise: Gone `share_revoked` or `limit_reached`, Unavailable `metering_unavailable`.

        Cancelled before its batch is sent, a charge is not counted.
        """
        account = self._accounts.setdefault(charge.organization_id, _Account())
        waiting = _Waiting(charge, asyncio.get_running_loop().create_future())
        account.waiting.append(waiting)
        if account.flusher is None:
            account.flusher = asyncio.create_task(self._flush(charge.organization_id, account))
        verdict = await waiting.verdict
        if verdict is Verdict.REVOKED:
            raise Gone("share_revoked", "This link was revoked or changed by its owner.")
        if verdict is Verdict.LIMIT_REACHED:
            raise Gone("limit_reached", "This link has been used as often as its owner allowed.")

    async def raise_generation(self, organization_id: OrganizationId, link_id: LinkId, generation: int) -> None:
        """Refuse all charges of a link below `generation`, from now on and everywhere."""
        try:
            await self._counters.raise_generation(organization_id, [link_id, generation])
        except (RedisError, OSError) as exc:
            detail = "The change is saved, but not every server may know it yet; send it again."
            raise Unavailable("backend_unavailable", detail, retry_after=1) from exc

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

    async def _flush(self, organization_id: OrganizationId, account: _Account) -> None:
        """Send batches until nothing waits. Runs once at a time for each organization."""
        try:
            while account.in_doubt or account.waiting:
                batch = account.in_doubt or _take_batch(account)
                if batch is None:
                    continue
                try:
                    async with asyncio.timeout(PATIENCE):
                        letters = await self._send(organization_id, account, batch)
                except Exception as exc:  # noqa: BLE001  (also SQL's, and never leave anybody waiting)
                    _fail(account, exc)
                    return
                account.in_doubt = None
                for item, letter in zip(batch.items, letters, strict=bool(batch.items)):
                    if not item.verdict.done():
                        item.verdict.set_result(Verdict(letter))
        finally:
            account.flusher = None

    async def _send(self, organization_id: OrganizationId, account: _Account, batch: _Batch) -> str:
        """Return the verdicts of a batch, asking until Redis answers: the same number is never counted twice.

        Raises TimeoutError when the flusher's patience ended.
        """
        arguments = [part for item in batch.items for part in item.charge.arguments()]
        while not is_cancelled():
            head: list[str | int] = [account.epoch, account.seq, batch.day, time.time_ns() // 1_000_000]
            try:
                applied, answer = await self._counters.meter(organization_id, [*head, *arguments])
            except (RedisError, OSError):
                await asyncio.sleep(PAUSE)
                continue
            if applied:
                return answer
            account.epoch, account.seq = secrets.token_hex(8), 1  # Redis lost our last batches: start a line anew
        raise TimeoutError

    async def _read(self, organization_id: OrganizationId, names: list[str]) -> list[bytes | None]:
        try:
            return await self._counters.read(organization_id, names)
        except (RedisError, OSError) as exc:
            raise Unavailable("metering_unavailable", "The usage counters cannot be read now.", retry_after=1) from exc


def _take_batch(account: _Account) -> _Batch | None:
    """Take what waits into a numbered batch, without those who have given up waiting."""
    taken, account.waiting = account.waiting[:MAX_BATCH], account.waiting[MAX_BATCH:]
    items = [item for item in taken if not item.verdict.done()]
    if not items:
        return None
    account.seq += 1
    account.in_doubt = _Batch(datetime.now(UTC).date().isoformat(), items)
    return account.in_doubt


def _fail(account: _Account, cause: Exception) -> None:
    """Tell all who wait that nothing may be sent now. The batch in doubt is settled before the next one."""
    waiting = [*(account.in_doubt.items if account.in_doubt else ()), *account.waiting]
    account.waiting.clear()
    if account.in_doubt is not None:
        account.in_doubt.items = []
    for item in waiting:
        if not item.verdict.done():
            error = Unavailable("metering_unavailable", "Usage cannot be counted now; try again.", retry_after=1)
            error.__cause__ = cause
            item.verdict.set_exception(error)


def _link_usage(values: list[bytes | None]) -> LinkUsage:
    last = values[-1]
    used_at = None if last is None else datetime.fromtimestamp(int(last) / 1000, UTC)
    return LinkUsage(units=units_of(values[:-1]), last_used_at=used_at)
