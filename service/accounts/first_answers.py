"""First answers to requests with an `Idempotency-Key`, kept for a day: a request that is sent again does nothing.

After draft-ietf-httpapi-idempotency-key-header. What was begun and never answered stays taken: whether it was done
before its worker died is not known, and to do it twice is worse than to say so.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NewType

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from service.database.tables import first_answers
from service.database.upsert import upsert
from service.errors import BadInput, Conflict
from service.sealing import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

logger = logging.getLogger(__name__)

RequestId = NewType("RequestId", str)
"""Of who asks, what for, and with which key: 64 hexadecimal digits."""

KEPT = timedelta(hours=24)
LONGEST = timedelta(minutes=2)
"""What an operation may take; after that, waiting for its answer makes no sense."""
SWEEP_SECONDS = 3600.0


def request_id(caller: str, operation: str, key: str) -> RequestId:
    """Return the id under which an answer is kept."""
    return RequestId(hashlib.sha256(f"{caller}\0{operation}\0{key}".encode()).hexdigest())


class FirstAnswers:
    """Answers in SQL, sealed (AES-256-GCM): some hold passwords and keys that are shown once.

    `keys`: one for each live master key, the first seals. `now`: returns the time, aware.
    """

    def __init__(
        self, engine: AsyncEngine, keys: tuple[bytes, ...], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._now = now

    async def begin(self, request: RequestId, body: bytes) -> bytes | None:
        """Take a request; return its first answer where there is one, None where it is to be carried out now.

        Raises BadInput where it was sent with another body, Conflict where it is being carried out, or was cut off.
        """
        async with self._engine.begin() as connection:
            if await self._take(connection, request, body):
                return None
            row = (await connection.execute(select(first_answers).where(first_answers.c.id == request))).one_or_none()
        if row is None:  # forgotten in this moment
            raise _in_use(retry_after=1)
        return self._answer(row, body)

    async def finish(self, request: RequestId, answer: bytes) -> None:
        """Keep the answer of a request that was begun."""
        sealed = seal(self._keys[0], answer, request)
        async with self._engine.begin() as connection:
            await connection.execute(update(first_answers).where(first_answers.c.id == request).values(answer=sealed))

    async def forget(self, request: RequestId) -> None:
        """Give a request free that was refused: nothing was done."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(first_answers).where(first_answers.c.id == request))

    async def sweep(self) -> int:
        """Remove the answers of more than a day ago; return how many."""
        async with self._engine.begin() as connection:
            old = first_answers.c.begun_at < self._now() - KEPT
            return (await connection.execute(delete(first_answers).where(old))).rowcount

    async def run(self) -> None:
        """Sweep once an hour, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except (SQLAlchemyError, OSError) as exc:
                logger.warning("old answers not removed: %s", type(exc).__name__)

    async def _take(self, connection: AsyncConnection, request: RequestId, body: bytes) -> bool:
        """Return whether the request is ours to carry out."""
        now = self._now()
        is_over = (first_answers.c.id == request) & (first_answers.c.begun_at < now - KEPT)
        await connection.execute(delete(first_answers).where(is_over))
        values = {"id": request, "body_digest": _digest(self._keys[0], request, body), "begun_at": now}
        added = upsert(connection, first_answers).values(values).on_conflict_do_nothing(index_elements=["id"])
        return (await connection.execute(added.returning(first_answers.c.id))).first() is not None

    def _answer(self, row: Row[tuple[object, ...]], body: bytes) -> bytes:
        digests = [_digest(key, row.id, body) for key in self._keys]
        if not any(hmac.compare_digest(digest, row.body_digest) for digest in digests):
            raise BadInput(
                "idempotency_key_reused",
                "This Idempotency-Key was sent with another request; take a new one for each thing that is to be made.",
            )
        if row.answer is None:
            raise _in_use(retry_after=1 if self._now() - row.begun_at < LONGEST else None)
        answer = unseal(self._keys, row.answer, row.id)
        if answer is None:
            raise _in_use(retry_after=None)
        return answer


def _digest(key: bytes, request: str, body: bytes) -> str:
    """Return what tells one body from another, and nothing of a password in it."""
    return hmac.digest(key, request.encode() + body, "sha256").hex()


def _in_use(retry_after: float | None) -> Conflict:
    detail = (
        "A request with this Idempotency-Key is being carried out. If it stays so for minutes, it was cut off: "
        "look whether it was done before you ask with another key."
    )
    return Conflict("idempotency_key_in_use", detail, retry_after=retry_after)
