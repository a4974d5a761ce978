"""One organization's line to the counters, in one worker: batches, one in flight at a time, and the worker's tally."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from service.cancellation import is_cancelled
from service.errors import Unavailable
from service.metering.charges import NO_CAPS, Charge, Verdict
from service.metering.snapshot import LastBatch
from service.metering.tally import Tally
from service.metering.usage import SHARE_DAYS, Units
from service.redis.guard import KnownSilent

if TYPE_CHECKING:
    from service.identifiers import OrganizationId
    from service.metering.counters import Counters

MAX_BATCH = 256
SECOND_TRY = 0.2
"""Seconds more than one call may take for which a batch is tried, before its waiters hear that metering is
unavailable."""
PAUSE = 0.05
TURNS = 3
"""From bytes to a charge: the event loop reads them, wakes the connection's task, and that the request's."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    charge: Charge
    verdict: asyncio.Future[Verdict]


@dataclass(slots=True)
class _Item:
    """One argument of `meter.lua`, and all who wait for its verdict."""

    charge: Charge
    waiting: list[_Waiting]


@dataclass(slots=True)
class _Batch:
    """Sent charges whose verdicts are not known yet; sent again under the same number.

    Once all who waited have been refused, it is given up: sent again without its items, so that it
    counts nothing where Redis never saw it.
    """

    day: str
    items: list[_Item]
    given_up: bool = False

    def arguments(self) -> list[str]:
        return [] if self.given_up else [item.charge.item() for item in self.items]


class Account:
    """Charges under one random epoch, in numbered batches; whatever became ready meanwhile goes with the next one."""

    def __init__(self, organization_id: OrganizationId, counters: Counters, seconds: float) -> None:
        """`seconds`: that one call to Redis may take."""
        self.epoch = secrets.token_hex(8)
        self.last = LastBatch()
        """The last batch whose verdicts are known."""
        self.settled = 0
        """The last batch that the ledger has."""
        self._organization_id = organization_id
        self._counters = counters
        self._patience = seconds + SECOND_TRY
        self._tally = Tally()
        self._waiting: list[_Waiting] = []
        self._in_doubt: _Batch | None = None
        self._flusher: asyncio.Task[None] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the ledger has all that was counted here."""
        return self.settled >= self.last.seq

    def charge(self, charge: Charge) -> asyncio.Future[Verdict]:
        """Return the verdict to come on a charge, or Unavailable.

        Cancelled before its batch is sent, it is not counted.
        """
        waiting = _Waiting(charge, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        return waiting.verdict

    async def finish(self) -> None:
        """Wait for the batches under way."""
        if self._flusher is not None:
            await asyncio.gather(self._flusher, return_exceptions=True)

    async def check(self) -> None:
        """Check that Redis still has all that it confirmed; send again what it lost. Raises RedisError, OSError.

        So that a loss is mended also where nothing is charged after it.
        """
        known, last = self.last.seq, await self._counters.last_seq(self._organization_id, self.epoch)
        if last < known:
            await self._mend(last)

    async def _flush(self) -> None:
        """Send batches until nothing waits. Runs once at a time."""
        try:
            while self._in_doubt or self._waiting:
                await _latecomers()
                batch = self._in_doubt or self._take_batch()
                if batch is None:
                    continue
                try:
                    async with asyncio.timeout(self._patience):
                        letters = await self._send(batch)
                except Exception as exc:  # noqa: BLE001  (also SQL's, and never leave anybody waiting)
                    self._give_up(exc)
                    return
                self._accept(batch, letters)
        finally:
            self._flusher = None

    def _take_batch(self) -> _Batch | None:
        """Take what waits into a batch, without those who have given up waiting."""
        taken, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        items = _together([waiting for waiting in taken if not waiting.verdict.done()])
        today = datetime.now(UTC).date()
        self._tally.forget_before((today - timedelta(days=SHARE_DAYS)).isoformat())
        self._in_doubt = _Batch(today.isoformat(), items) if items else None
        return self._in_doubt

    async def _send(self, batch: _Batch) -> str:
        """Return the verdicts of a batch, asking until Redis answers: the same number is never counted twice.

        Raises TimeoutError when the flusher's patience ended, KnownSilent where patience is of no use.
        """
        while not is_cancelled():
            now = int(time.time() * 1000)
            head: list[str | int] = [self.epoch, self.last.seq + 1, batch.day, now]
            try:
                applied, answer = await self._counters.meter(self._organization_id, [*head, *batch.arguments()])
                if applied:
                    return answer
                await self._mend(int(answer))
            except KnownSilent:
                raise
            except (RedisError, OSError):
                await asyncio.sleep(PAUSE)
        raise TimeoutError

    def _accept(self, batch: _Batch, letters: str) -> None:
        """Note what was counted, and give those who wait their verdicts.

        A batch that was given up and then found counted stays counted: totals only grow.
        """
        self._in_doubt = None
        self.last = LastBatch(seq=self.last.seq + 1, verdicts=letters, used_at=datetime.now(UTC))
        verdicts = [Verdict(letter) for letter in letters]
        decided = list(zip(batch.items, verdicts, strict=not batch.given_up))
        counted = [item for item, verdict in decided if verdict is Verdict.CHARGED]
        self._tally.add((item.charge for item in counted), batch.day, self.last.seq)
        if batch.given_up and counted:
            answers = sum(len(item.waiting) for item in counted)
            logger.warning("%d counted answers were not sent: Redis confirmed them too late", answers)
        for item, verdict in decided:
            for waiting in item.waiting:
                if not waiting.verdict.done():
                    waiting.verdict.set_result(verdict)

    async def _mend(self, last: int) -> None:
        """Send Redis what it lost after batch `last`."""
        missing = self._tally.since(last)
        logger.warning("Redis lost batches %d to %d of this worker: counting them again", last + 1, self.last.seq)
        await self._counters.advance(self._organization_id, self.epoch, self.last, missing)

    def _give_up(self, cause: Exception) -> None:
        """Refuse all who wait: nothing may be sent now. The batch in doubt is settled before the next one."""
        waiters = self._waiting
        self._waiting = []
        if self._in_doubt is not None:
            self._in_doubt.given_up = True
            waiters = [*(waiting for item in self._in_doubt.items for waiting in item.waiting), *waiters]
        for waiting in waiters:
            if not waiting.verdict.done():
                error = Unavailable(
                    "metering_unavailable",
                    "Usage cannot be counted at the moment; try again in a second.",
                    retry_after=1,
                )
                error.__cause__ = cause
                waiting.verdict.set_exception(error)


async def _latecomers() -> None:
    """Let those come along who are about to charge: requests whose bytes are here, but are not read yet.

    Turns of the event loop cost nothing where it idles, and where it is busy they make batches fewer.
    """
    for _ in range(TURNS):
        await asyncio.sleep(0)


def _together(waiting: list[_Waiting]) -> list[_Item]:
    """Return what is sent: one item for all charges of a link that has no limits, as they have the same verdict.

    Where there is a limit each charge is judged by itself: some of them may still be within it.
    """
    items, unlimited = list[_Item](), dict[tuple[str, int], list[_Waiting]]()
    for one in waiting:
        if one.charge.caps != NO_CAPS:
            items.append(_Item(one.charge, [one]))
        else:
            unlimited.setdefault((one.charge.link_id, one.charge.version), []).append(one)
    for alike in unlimited.values():
        units = Units.total(one.charge.units for one in alike)
        items.append(_Item(alike[0].charge._replace(units=units), alike))
    return items
