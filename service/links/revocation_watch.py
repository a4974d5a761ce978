"""What takes long to send is looked after while it is sent: it stops when its link does."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.errors import TilegateError, Unavailable

if TYPE_CHECKING:
    from service.links.admission import Admission, Authorizer

INTERVAL = 1.0  # seconds
LOOK_SECONDS = 1.5
FAILURES = 2
"""Looks in a row that may fail: with nobody to ask, nobody is admitted."""

logger = logging.getLogger(__name__)


async def until_ended(authorizer: Authorizer, admission: Admission) -> None:
    """Return when a link was revoked, rotated, suspended, narrowed or has expired, within five seconds of it.

    Also where nobody can say whether it was: neither Redis nor SQL.
    """
    failures = 0
    while failures < FAILURES:
        await asyncio.sleep(INTERVAL)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await authorizer.confirm_again(admission)
        except (Unavailable, SQLAlchemyError, OSError) as exc:
            failures += 1
            logger.warning("open download not confirmed: %s", type(exc).__name__)
        except TilegateError as exc:
            logger.info("open download ended: %s link=%s", exc.code, admission.link.id)
            return
        else:
            failures = 0
