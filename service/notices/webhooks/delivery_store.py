"""SQL of the outbox of webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, func, select, tuple_, update

from service.database.tables import notices, webhook_deliveries, webhooks
from service.identifiers import NoticeId, OrganizationId, WebhookId
from service.notices.notice import Notice
from service.notices.webhooks.webhook import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine


class DeliveryStore:
    """Reads and writes the outbox of webhooks. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def due(self, now: datetime, most: int) -> list[tuple[WebhookId, OrganizationId]]:
        """Return the webhooks for which something is due and whose they are, the one that has waited longest first."""
        table, of = webhook_deliveries.c, (webhook_deliveries.c.webhook_id, webhooks.c.organization_id)
        query = select(*of).join(webhooks, webhooks.c.id == table.webhook_id).where(table.next_attempt_at <= now)
        query = query.group_by(*of).order_by(func.min(table.next_attempt_at)).limit(most)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [(WebhookId(row.webhook_id), OrganizationId(row.organization_id)) for row in rows]

    async def take(self, webhook_id: WebhookId, now: datetime, until: datetime) -> Delivery | None:
        """Return what is due first, and leave it to the caller alone until a moment; None where nothing is due.

        It counts as one attempt. A caller that dies leaves it due then.
        """
        table = webhook_deliveries.c
        query = _deliveries().where(table.webhook_id == webhook_id, table.next_attempt_at <= now)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.order_by(table.next_attempt_at).limit(1))).one_or_none()
        if row is None:
            return None
        found = _delivery(row)
        if not await self._change(found, {"attempts": found.attempts + 1, "next_attempt_at": until}):
            return None
        return replace(found, attempts=found.attempts + 1, next_attempt_at=until)

    async def mark_delivered(self, delivery: Delivery, status: int, now: datetime) -> None:
        """Write down that a notice was taken."""
        values = {"delivered_at": now, "next_attempt_at": None, "error": None, "response_status": status}
        await self._change(delivery, values)
        where = (webhooks.c.id == delivery.webhook_id) & webhooks.c.failing_since.is_not(None)
        async with self._engine.begin() as connection:
            await connection.execute(update(webhooks).where(where).values(failing_since=None))

    async def mark_failed(
        self, delivery: Delivery, error: str, status: int | None, *, next_attempt_at: datetime | None, now: datetime
    ) -> None:
        """Write down what went wrong, and when to try again; None: never."""
        await self._change(delivery, {"error": error, "response_status": status, "next_attempt_at": next_attempt_at})
        where = (webhooks.c.id == delivery.webhook_id) & webhooks.c.failing_since.is_(None)
        async with self._engine.begin() as connection:
            await connection.execute(update(webhooks).where(where).values(failing_since=now))

    async def list(self, webhook_id: WebhookId, *, before: tuple[datetime, str] | None, limit: int) -> list[Delivery]:
        """Return deliveries to a webhook, newest first, that come before `(created_at, notice_id)`."""
        table = webhook_deliveries.c
        query = _deliveries().where(table.webhook_id == webhook_id)
        if before is not None:
            query = query.where(tuple_(table.created_at, table.notice_id) < tuple_(*before))
        query = query.order_by(table.created_at.desc(), table.notice_id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_delivery(row) for row in await connection.execute(query)]

    async def _change(self, delivery: Delivery, values: Mapping[str, object]) -> bool:
        """Change a row, unless somebody else took it since it was read; return whether it was changed."""
        table = webhook_deliveries.c
        where = (table.notice_id == delivery.notice.id) & (table.webhook_id == delivery.webhook_id)
        where &= (table.attempts == delivery.attempts) & table.next_attempt_at.is_not(None)
        async with self._engine.begin() as connection:
            return (await connection.execute(update(webhook_deliveries).where(where).values(values))).rowcount == 1


def _deliveries() -> Select[Any]:
    columns = (notices.c.type, notices.c.at, notices.c.data)
    return select(webhook_deliveries, *columns).join(notices, notices.c.id == webhook_deliveries.c.notice_id)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        webhook_id=WebhookId(row.webhook_id),
        notice=Notice(id=NoticeId(row.notice_id), type=row.type, at=row.at, data=row.data),
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        delivered_at=row.delivered_at,
        response_status=row.response_status,
        error=row.error,
    )
