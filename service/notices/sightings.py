"""What was seen to happen where nothing may wait: kept in memory for a moment, and written beside the requests."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import flush_and_sweep, flush_last
from service.notices.notices import KEPT

if TYPE_CHECKING:
    from service.notices.notice import Happening
    from service.notices.notices import Notices

FLUSH_EVERY = 2.0
SWEEP_EVERY = 3600.0
MOST = 10_000
LAST_PATIENCE = 5.0

logger = logging.getLogger(__name__)


class Sightings:
    """Takes happenings in microseconds; never slows or fails a request. What cannot be written stays, within bounds."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._seen: dict[str, Happening] = {}

    def see(self, happening: Happening) -> None:
        """Take what happened, unless it is known."""
        if not self._notices.is_known(happening) and len(self._seen) < MOST:
            self._seen.setdefault(happening.digest, happening)

    async def flush(self) -> None:
        """Write what was seen; what cannot be written now stays."""
        seen, self._seen = self._seen, {}
        try:
            await self._notices.add(*seen.values())
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("notices not written, will try again: %s", type(exc).__name__)
            self._seen = {**seen, **self._seen}

    async def run(self) -> None:
        """Write every few seconds, and drop once an hour what is too old; runs until cancelled."""
        await flush_and_sweep(
            self.flush, self._sweep, flush_every=FLUSH_EVERY, sweep_every=SWEEP_EVERY, swept=time.monotonic()
        )

    async def finish(self) -> None:
        """Write the last ones, for which nobody waits long."""
        if not await flush_last(self.flush, LAST_PATIENCE):
            logger.warning("the last notices were not written in time")

    async def _sweep(self) -> None:
        try:
            await self._notices.forget_before(datetime.now(UTC) - KEPT)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("old notices not dropped: %s", type(exc).__name__)
