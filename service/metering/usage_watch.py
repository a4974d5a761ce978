"""Sees that a link nears or reaches its limits, or an organization its budgets. No charge waits for it.

It looks at totals where they are read anyway, when they are copied into the ledger. What is refused in between, a
worker remembers and looks at a moment later.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled
from service.database.tables import links
from service.identifiers import LinkId
from service.metering.budgets import BUDGETED, Limits, limits_of, used_of
from service.metering.charges import Verdict
from service.metering.months import month_at, zone_named
from service.metering.usage import usage_key
from service.notices.notice import NoticeType, budget_used, cap_used

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import OrganizationId
    from service.metering.charges import Charge
    from service.notices.notice import Happening
    from service.notices.notices import Notices

CAPPED = ("renders", "bytes", "views")
"""Units that a link may limit."""
NEAR = 0.8
LEAST_NEAR = 5
"""Of a smaller limit more than four fifths are all of it."""
LINKS_A_QUERY = 500
LOOK_EVERY = 2.0
MOST_REFUSED = 10_000

logger = logging.getLogger(__name__)


class UsageWatch:
    """Writes notices of limits and budgets. Fails open: what cannot be written is logged, and seen at the next look.

    `now`: the time, aware.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        redis: Redis,
        notices: Notices,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._redis = redis
        self._notices = notices
        self._now = now
        self._refused: dict[tuple[LinkId, Verdict], Charge] = {}

    def refuse(self, charge: Charge, verdict: Verdict) -> None:
        """Remember a charge that was refused."""
        if verdict in {Verdict.LIMIT_REACHED, Verdict.BUDGET_EXHAUSTED} and len(self._refused) < MOST_REFUSED:
            self._refused.setdefault((charge.link_id, verdict), charge)

    async def look(
        self, organization_id: OrganizationId, fields: Mapping[bytes, bytes], link_ids: Iterable[LinkId]
    ) -> None:
        """Write what an organization's usage hash says of its budget, and of those links that were used."""
        try:
            found = [*self._of_budget(organization_id, fields), *await self._of_links(fields, sorted(set(link_ids)))]
            await self._notices.add(*found)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("limits not looked at: %s", type(exc).__name__)

    async def look_at_refused(self) -> None:
        """Write what was refused because of a limit or a budget, where it is used by four fifths at least."""
        refused, self._refused = self._refused, {}
        for (_, verdict), charge in refused.items():
            if verdict is Verdict.LIMIT_REACHED:
                await self._look_at_link(charge)
            else:
                fields = await self._budget_fields(charge.organization_id)
                asked = {unit: getattr(charge.units, unit) for unit in BUDGETED}
                await self._notices.add(*self._of_budget(charge.organization_id, fields, asked))

    async def run(self) -> None:
        """Look at what was refused every few seconds; runs until cancelled."""
        while not is_cancelled():
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look_at_refused()
            except (RedisError, SQLAlchemyError, OSError) as exc:
                logger.warning("refusals not looked at: %s", type(exc).__name__)

    async def _look_at_link(self, charge: Charge) -> None:
        link_id, caps = charge.link_id, {unit: getattr(charge.caps, f"max_{unit}") for unit in CAPPED}
        wanted = [
            cap_used(NoticeType.CAP_REACHED, link_id, unit, used=0, cap=cap, at=self._now())
            for unit, cap in caps.items()
            if cap is not None
        ]
        if not all(self._notices.is_known(happening) for happening in wanted):
            fields = await self._read(charge.organization_id, [f"t:{link_id}:{unit}" for unit in CAPPED])
            asked = {unit: getattr(charge.units, unit) for unit in CAPPED}
            await self._notices.add(*self._of_link(link_id, fields, caps, asked))

    async def _of_links(self, fields: Mapping[bytes, bytes], link_ids: list[LinkId]) -> list[Happening]:
        table, found = links.c, list["Happening"]()
        is_capped = or_(*(table[f"max_{unit}"].is_not(None) for unit in CAPPED))
        columns = [table.id, *(table[f"max_{unit}"] for unit in CAPPED)]
        async with self._engine.connect() as connection:
            for start in range(0, len(link_ids), LINKS_A_QUERY):
                query = select(*columns).where(table.id.in_(link_ids[start : start + LINKS_A_QUERY]), is_capped)
                for row in await connection.execute(query):
                    caps = {unit: getattr(row, f"max_{unit}") for unit in CAPPED}
                    found += self._of_link(LinkId(row.id), fields, caps)
        return found

    def _of_link(
        self,
        link_id: LinkId,
        fields: Mapping[bytes, bytes],
        caps: Mapping[str, int | None],
        asked: Mapping[str, int] | None = None,
    ) -> Iterator[Happening]:
        for unit, cap in caps.items():
            used = int(fields.get(f"t:{link_id}:{unit}".encode(), 0))
            for is_reached in _levels(used, cap, (asked or {}).get(unit, 0)):
                kind = NoticeType.CAP_REACHED if is_reached else NoticeType.CAP_NEAR
                yield cap_used(kind, link_id, unit, used=used, cap=cap or 0, at=self._now())

    def _of_budget(
        self,
        organization_id: OrganizationId,
        fields: Mapping[bytes, bytes],
        asked: Mapping[str, int] | None = None,
    ) -> Iterator[Happening]:
        zone, limits = budget_in(fields.get(b"budget"))
        month = month_at(self._now(), zone_named(zone)).name
        used = used_of(fields.get(f"p:{month}".encode()))
        for unit, limit in zip(BUDGETED, limits.as_tuple(), strict=True):
            for is_reached in _levels(used[unit], limit, (asked or {}).get(unit, 0)):
                kind = NoticeType.BUDGET_REACHED if is_reached else NoticeType.BUDGET_NEAR
                yield budget_used(
                    kind, organization_id, month, unit, used=used[unit], budget=limit or 0, at=self._now()
                )

    async def _budget_fields(self, organization_id: OrganizationId) -> dict[bytes, bytes]:
        fields = await self._read(organization_id, ["budget"])
        zone, _ = budget_in(fields.get(b"budget"))
        return fields | await self._read(organization_id, [f"p:{month_at(self._now(), zone_named(zone)).name}"])

    async def _read(self, organization_id: OrganizationId, names: list[str]) -> dict[bytes, bytes]:
        asked = cast("Awaitable[list[bytes | None]]", self._redis.hmget(usage_key(organization_id), names))
        return {name.encode(): value for name, value in zip(names, await asked, strict=True) if value is not None}


def budget_in(text: bytes | None) -> tuple[str, Limits]:
    """Return the time zone and the limits in the field `budget` of a usage hash (see `meter.lua`)."""
    if text is None:
        return "", Limits()
    _, zone, *limits = text.decode().split()
    return zone, limits_of([None if limit == "-" else int(limit) for limit in limits])


def _levels(used: int, limit: int | None, asked: int) -> Iterator[bool]:
    """Yield what of a limit is used: four fifths (False), all of it (True), or too much for what was asked."""
    if limit is None or used < NEAR * limit:
        return
    if limit >= LEAST_NEAR:
        yield False
    if used >= limit or (asked > 0 and used + asked > limit):
        yield True
