"""Records that many ask SQL for at once, read by one SELECT."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from service.links.records.record_cache import Versioned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

R = TypeVar("R", bound=Versioned)

MOST_TOGETHER = 200
"""Records of one question."""
MOST_QUESTIONS = 4
"""Questions under way at once: one that waits long does not hold up the others."""


class Rounds(Generic[R]):
    """Gathers what is asked for while its questions are under way, and asks for it all at once when one ends.

    The first who asks does not wait for others. Who asks never gets what was read before they asked. `load`: returns
    the records that there are, in any order; what it raises all who wait for that question get.
    """

    def __init__(self, load: Callable[[Sequence[str]], Awaitable[Sequence[R]]]) -> None:
        self._load = load
        self._waiting: dict[str, asyncio.Future[R | None]] = {}
        self._questions = set[asyncio.Task[None]]()

    async def get(self, record_id: str) -> R | None:
        """Return a record as SQL has it now; None where there is none. Raises what `load` raises."""
        waiting = self._waiting.get(record_id)
        if waiting is None:
            waiting = self._waiting[record_id] = asyncio.get_running_loop().create_future()
            if len(self._questions) < MOST_QUESTIONS:
                self._begin()
        return await asyncio.shield(waiting)

    def _begin(self) -> None:
        task = asyncio.create_task(self._ask())
        self._questions.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._questions.discard(task)
        if self._waiting and not task.cancelled():
            self._begin()

    async def _ask(self) -> None:
        """Ask for what waits. It begins after all who wait have asked."""
        ids = list(self._waiting)[:MOST_TOGETHER]
        asked = {record_id: self._waiting.pop(record_id) for record_id in ids}
        if not asked:
            return
        try:
            found = {record.id: record for record in await self._load(ids)}
        except BaseException as exc:
            _fail(asked.values(), exc)
            if not isinstance(exc, Exception):
                raise
            return
        for record_id, waiting in asked.items():
            waiting.set_result(found.get(record_id))


def _fail(waiting: Iterable[asyncio.Future[R | None]], exc: BaseException) -> None:
    for each in waiting:
        if isinstance(exc, asyncio.CancelledError):
            each.cancel()
        else:
            each.set_exception(exc)
            each.exception()  # all who waited may be gone: mark it as retrieved
