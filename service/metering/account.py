"""One organization's line to the counters, in one worker: batches, one in flight at a time, and the worker's tally."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, TypeVar

from redis.exceptions import RedisError

from service.cancellation import is_cancelled
from service.errors import Unavailable
from service.metering.batches import Batch, Item, Waiting, together
from service.metering.book import Book
from service.metering.charges import Charge, Verdict
from service.metering.months import Month, month_at, zone_named
from service.metering.snapshot import LastBatch
from service.metering.usage import SHARE_DAYS, milliseconds
from service.redis.guard import KnownSilent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, tzinfo

    from service.identifiers import OrganizationId
    from service.metering.counters import Counters

T = TypeVar("T")
U = TypeVar("U")

MAX_BATCH = 256
SECOND_TRY = 0.2
"""Seconds more than one call may take for which a batch is tried, before its waiters hear that metering is
unavailable."""
PAUSE = 0.05
TURNS = 3
"""From bytes to a charge: the event loop reads them, wakes the connection's task, and that the request's."""

logger = logging.getLogger(__name__)


class Account:
    """Charges in numbered batches, in a book for each month; whatever became ready meanwhile goes with the next one.

    The organization's time zone, which says when a month ends, is asked before the first batch and heard again with
    the verdicts of each: a new one holds from the next batch on.
    """

    def __init__(
        self, organization_id: OrganizationId, counters: Counters, seconds: float, clock: Callable[[], datetime]
    ) -> None:
        """`seconds`: that one call to Redis may take."""
        self._organization_id = organization_id
        self._counters = counters
        self._patience = seconds + SECOND_TRY
        self._clock = clock
        self._books: list[Book] = []
        """In the order of months; only the last one is written to."""
        self._zone_name: str | None = None
        self._zone: tzinfo = UTC
        self._month: Month | None = None
        self._is_tight = False
        """Whether the budget refused some of the last batch."""
        self._waiting: list[Waiting] = []
        self._in_doubt: Batch | None = None
        self._flusher: asyncio.Task[None] | None = None

    @property
    def unsettled(self) -> list[Book]:
        """The books that have what the ledger is not known to have."""
        return [book for book in self._books if not book.is_settled]

    @property
    def month(self) -> Month:
        """This month of the organization."""
        now = self._clock()
        if self._month is None or not self._month.holds(now):
            self._month = month_at(now, self._zone)
        return self._month

    def charge(self, charge: Charge) -> asyncio.Future[Verdict]:
        """Return the verdict to come on a charge, or Unavailable.

        Cancelled before its batch is sent, it is not counted.
        """
        waiting = Waiting(charge, asyncio.get_running_loop().create_future())
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
        for book in self.unsettled:
            known, last = book.last.seq, await self._counters.last_seq(self._organization_id, book.epoch)
            if last < known:
                await self._mend(book, last)

    async def _flush(self) -> None:
        """Send batches until nothing waits. Runs once at a time."""
        try:
            while self._in_doubt or self._waiting:
                await _latecomers()
                try:
                    async with asyncio.timeout(self._patience):
                        await self._settle_zone()
                        batch = self._in_doubt or self._take_batch()
                        letters = None if batch is None else await self._until_answered(self._send, batch)
                except Exception as exc:  # noqa: BLE001  (also SQL's, and never leave anybody waiting)
                    self._give_up(exc)
                    return
                if batch is not None and letters is not None:
                    self._accept(batch, letters)
        finally:
            self._flusher = None

    async def _settle_zone(self) -> None:
        """Ask for the organization's time zone before anything is counted."""
        if self._zone_name is None:
            self._set_zone(await self._until_answered(self._counters.zone, self._organization_id))

    def _set_zone(self, name: str) -> None:
        if name == self._zone_name:
            return
        self._zone_name, self._month = name, None
        try:
            self._zone = zone_named(name)
        except ValueError:
            logger.warning("time zone %r is not known here: months are those of UTC", name)
            self._zone = UTC

    def _book(self) -> Book:
        """Return the book of this month."""
        month = self.month
        if not self._books or self._books[-1].month != month.name:
            self._books = [*self.unsettled, Book.of(month)]
        return self._books[-1]

    def _take_batch(self) -> Batch | None:
        """Take what waits into a batch, without those who have given up waiting."""
        taken, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        items = together([waiting for waiting in taken if not waiting.verdict.done()], apart=self._is_tight)
        today, book = self._clock().date(), self._book()
        book.tally.forget_before((today - timedelta(days=SHARE_DAYS)).isoformat())
        self._in_doubt = Batch(book, today.isoformat(), items) if items else None
        return self._in_doubt

    async def _until_answered(self, ask: Callable[[U], Awaitable[T | None]], question: U) -> T:
        """Return an answer of Redis, asking until there is one: the same batch is never counted twice.

        Raises TimeoutError when the flusher's patience ended, KnownSilent where patience is of no use.
        """
        while not is_cancelled():
            try:
                answer = await ask(question)
            except KnownSilent:
                raise
            except (RedisError, OSError):
                await asyncio.sleep(PAUSE)
            else:
                if answer is not None:
                    return answer
        raise TimeoutError

    async def _send(self, batch: Batch) -> str | None:
        """Return the verdicts of a batch; None where Redis had lost some before it, and has them again."""
        book, now = batch.book, milliseconds(self._clock())
        head: list[str | int] = [book.epoch, book.last.seq + 1, batch.day, now]
        answer = await self._counters.meter(self._organization_id, [*head, *batch.arguments()])
        if isinstance(answer, int):
            await self._mend(book, answer)
            return None
        letters, zone = answer
        self._set_zone(zone)
        return letters

    def _accept(self, batch: Batch, letters: str) -> None:
        """Note what was counted, and give those who wait their verdicts.

        A batch that was given up and then found counted stays counted: totals only grow.
        """
        self._in_doubt, book = None, batch.book
        book.last = LastBatch(seq=book.last.seq + 1, verdicts=letters, used_at=self._clock())
        verdicts = [Verdict(letter) for letter in letters]
        decided = list(zip(batch.items, verdicts, strict=not batch.given_up))
        counted = [item for item, verdict in decided if verdict is Verdict.CHARGED]
        book.tally.add((item.charge for item in counted), batch.day, book.last.seq)
        if batch.given_up and counted:
            answers = sum(len(item.waiting) for item in counted)
            logger.warning("%d counted answers were not sent: Redis confirmed them too late", answers)
        self._is_tight = Verdict.BUDGET_EXHAUSTED in verdicts
        for item, verdict in decided:
            if verdict is Verdict.BUDGET_EXHAUSTED and len(item.waiting) > 1:
                self._judge_alone(item)
            else:
                item.answer(verdict)

    def _judge_alone(self, item: Item) -> None:
        """Send the charges of an item again, each by itself: together they were beyond the budget."""
        for waiting in item.waiting:
            waiting.alone = True
        self._waiting[:0] = item.waiting

    async def _mend(self, book: Book, last: int) -> None:
        """Send Redis what it lost after batch `last`."""
        missing = book.tally.since(last)
        logger.warning("Redis lost batches %d to %d of this worker: counting them again", last + 1, book.last.seq)
        await self._counters.advance(self._organization_id, book.epoch, book.last, missing)

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
