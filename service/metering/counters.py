"""The usage hashes in Redis, one for each organization; brought back from the ledger where one is not there."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from service.metering.budgets import BUDGETED, used_of
from service.metering.usage import epoch_field, milliseconds, usage_key
from service.redis.scripts import Script, in_rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from redis.asyncio import Redis

    from service.identifiers import OrganizationId
    from service.metering.budgets import Budget
    from service.metering.snapshot import LastBatch

SCRIPTS = Path(__file__).parent
RESTORE_FIELDS = 2000
LONGEST = 31
"""Days of a month."""
PEEKED_AT_ONCE = 64
ADVANCE_ITEMS = 150
"""Lua's stack takes 8,000 values; an item writes up to 44."""

logger = logging.getLogger(__name__)


class Counters:
    """Asks the usage hashes, and restores one first where it is not there.

    Restoring goes on when all who waited for it have given up: a long ledger takes longer than their patience.
    """

    def __init__(self, redis: Redis, restore: Callable[[OrganizationId], Awaitable[Mapping[str, str | int]]]) -> None:
        self._redis = redis
        self._restore = restore
        self._restoring: dict[OrganizationId, asyncio.Task[None]] = {}
        self._execute = in_rounds(redis)
        self._meter, self._advance, self._set_budget, self._raise_version = (
            Script(SCRIPTS / f"{name}.lua", self._execute)
            for name in ("meter", "advance", "set_budget", "raise_version")
        )

    async def meter(self, organization_id: OrganizationId, arguments: list[str | int]) -> tuple[str, str] | int:
        """Run `meter.lua`. Return verdicts and time zone, or on a gap the last seq. Raises RedisError, OSError."""
        status, answer, *rest = await self._ask(organization_id, self._meter, arguments)
        return (answer.decode(), rest[0].decode()) if status == b"ok" else int(answer)

    async def zone(self, organization_id: OrganizationId) -> str:
        """Return the name of an organization's time zone, "" where none is known. Raises RedisError, OSError."""
        (budget,) = await self.read(organization_id, ["budget"])
        return budget.split()[1].decode() if budget else ""

    async def set_budget(self, organization_id: OrganizationId, budget: Budget) -> None:
        """Judge by a budget from now on, unless a later one is known. Raises RedisError, OSError."""
        await self._ask(organization_id, self._set_budget, [budget.version, budget.text()])

    async def used(self, organization_id: OrganizationId, month: str) -> dict[str, int]:
        """Return what was used of a month's budget, in each unit. Raises RedisError, OSError."""
        days = [f"o:{month}-{number:02}:{unit}" for number in range(1, LONGEST + 1) for unit in BUDGETED]
        used, months, *amounts = await self.read(organization_id, [f"p:{month}", "months", *days])
        if used is not None or months is not None:
            return used_of(used)
        width = len(BUDGETED)
        return {unit: sum(int(amount or 0) for amount in amounts[n::width]) for n, unit in enumerate(BUDGETED)}

    async def advance(
        self, organization_id: OrganizationId, epoch: str, batch: LastBatch, items: list[list[str | int]]
    ) -> None:
        """Run `advance.lua`, in as many calls as the items need. Raises RedisError, OSError."""
        used_at = milliseconds(batch.used_at)
        starts = range(0, max(1, len(items)), ADVANCE_ITEMS)
        for start in starts:
            whole = int(start == starts[-1])
            head: list[str | int] = [epoch, batch.seq, batch.verdicts, used_at, secrets.token_hex(8), whole]
            parts = [part for item in items[start : start + ADVANCE_ITEMS] for part in item]
            await self._ask(organization_id, self._advance, [*head, *parts])

    async def last_seq(self, organization_id: OrganizationId, epoch: str) -> int:
        """Return the last batch of an epoch that Redis knows, 0 for none. Raises RedisError, OSError."""
        stored: bytes | None = await self._execute("HGET", usage_key(organization_id), epoch_field(epoch))
        return int(stored.partition(b":")[0]) if stored else 0

    async def raise_version(self, organization_id: OrganizationId, arguments: list[str | int]) -> None:
        """Run `raise_version.lua`. Raises RedisError, OSError."""
        await self._ask(organization_id, self._raise_version, arguments)

    async def lowest_version(self, organization_id: OrganizationId, link_id: str) -> int:
        """Return the lowest version of a link that is served, in one round trip. Raises RedisError, OSError."""
        (version,) = await self.read(organization_id, [f"v:{link_id}"])
        return int(version or 0)

    async def read(self, organization_id: OrganizationId, names: list[str]) -> list[bytes | None]:
        """Return some fields, in one round trip. Raises RedisError, OSError."""
        key, asked = usage_key(organization_id), ["rev", *names]
        there, *values = cast("list[bytes | None]", await self._execute("HMGET", key, *asked))
        if there is None:  # every hash has one
            await self._bring_back(organization_id)
            _, *values = cast("list[bytes | None]", await self._execute("HMGET", key, *asked))
        return values

    async def peek(
        self, organization_ids: Sequence[OrganizationId], names: list[str]
    ) -> dict[OrganizationId, list[bytes | None]]:
        """Return some fields of many hashes as they are now, none restored. Raises RedisError, OSError."""
        found: dict[OrganizationId, list[bytes | None]] = {}
        for start in range(0, len(organization_ids), PEEKED_AT_ONCE):
            asked = organization_ids[start : start + PEEKED_AT_ONCE]
            answers = await asyncio.gather(*(self._execute("HMGET", usage_key(each), *names) for each in asked))
            found.update(zip(asked, answers, strict=True))
        return found

    async def close(self) -> None:
        """Wait until nothing is being restored."""
        await asyncio.gather(*self._restoring.values(), return_exceptions=True)

    async def _ask(self, organization_id: OrganizationId, script: Script, arguments: list[str | int]) -> list[bytes]:
        answer: list[bytes] = await script.run(usage_key(organization_id), *arguments)
        while answer[0] == b"restore":
            await self._bring_back(organization_id)
            answer = await script.run(usage_key(organization_id), *arguments)
        return answer

    async def _bring_back(self, organization_id: OrganizationId) -> None:
        """Make the hash out of the ledger, once for all who need it."""
        task = self._restoring.get(organization_id)
        if task is None:
            task = asyncio.create_task(self._make(organization_id))
            self._restoring[organization_id] = task
            task.add_done_callback(lambda done: self._made(organization_id, done))
        await asyncio.shield(task)

    def _made(self, organization_id: OrganizationId, task: asyncio.Task[None]) -> None:
        del self._restoring[organization_id]
        if not task.cancelled() and (error := task.exception()):  # all who waited may have given up
            logger.warning("counters not restored: %s", type(error).__name__)

    async def _make(self, organization_id: OrganizationId) -> None:
        """Make the hash aside, then put it in place in one step unless another worker was first."""
        key = usage_key(organization_id)
        draft = f"{key}:{secrets.token_hex(8)}"
        counters: list[tuple[str, str | int]] = [("rev", f"restored:{secrets.token_hex(8)}")]
        counters.extend((await self._restore(organization_id)).items())
        try:
            for start in range(0, len(counters), RESTORE_FIELDS):
                await self._redis.hset(draft, mapping=dict(counters[start : start + RESTORE_FIELDS]))
            if not await self._redis.renamenx(draft, key):
                await self._redis.delete(draft)
        except (RedisError, OSError):
            with suppress(RedisError, OSError):
                await self._redis.delete(draft)
            raise
