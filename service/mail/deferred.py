"""Letters that are put into the outbox behind the answer, whose time so says nothing of whether there is one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import flush_last, is_cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.mail.mail import Mail
    from service.mail.store import MailStore

FLUSH_EVERY = 0.5
MOST = 10_000
LAST_PATIENCE = 5.0

logger = logging.getLogger(__name__)


class DeferredLetters:
    """Takes letters in microseconds; what cannot be written stays for the next time, within bounds.

    A worker that is killed loses those of the last half second: only letters that somebody asks for again come here.
    """

    def __init__(self, store: MailStore, wake: Callable[[], None]) -> None:
        """`wake` is called when there are letters to be sent."""
        self._store = store
        self._wake = wake
        self._waiting: list[Mail] = []

    def put(self, mail: Mail) -> None:
        """Take a letter."""
        if len(self._waiting) < MOST:
            self._waiting.append(mail)

    async def flush(self) -> None:
        """Put what waits into the outbox."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            await self._store.add(waiting, of_itself=True)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("letters not written, will try again: %s", type(exc).__name__)
            self._waiting = waiting + self._waiting
            return
        self._wake()

    async def run(self) -> None:
        """Write at even times, whatever comes in; runs until cancelled."""
        while not is_cancelled():
            await asyncio.sleep(FLUSH_EVERY)
            await self.flush()

    async def finish(self) -> None:
        """Write the last ones, for which nobody waits long."""
        if not await flush_last(self.flush, LAST_PATIENCE):
            logger.warning("the last letters were not written in time")
