"""SQL of webhooks."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, insert, select, update

from service.accounts.members import Role
from service.accounts.people import Person
from service.database.tables import members, projects, users, webhook_deliveries, webhooks
from service.identifiers import OrganizationId, UserId, WebhookId
from service.mail.mail import MailKind, new_mail
from service.mail.store import putting
from service.notices.letters import disabled_letter
from service.notices.webhooks.webhook import Webhook
from service.sealing import seal, unseal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

COLUMNS = tuple(field.name for field in fields(Webhook))
"""A webhook's fields and its table's columns have the same names."""


class WebhookStore:
    """Reads and writes webhooks. Every method is one transaction.

    Their secrets are sealed by the first of `keys`, one for each live master key. `sends_mail`: whether letters are.
    """

    def __init__(self, engine: AsyncEngine, keys: tuple[bytes, ...], *, sends_mail: bool) -> None:
        self._engine = engine
        self._keys = keys
        self._sends_mail = sends_mail

    async def add(self, webhook: Webhook, secret: str) -> None:
        """Store a new webhook."""
        sealed = seal(self._keys[0], secret.encode(), webhook.id)
        async with self._engine.begin() as connection:
            await connection.execute(insert(webhooks).values(**_values(webhook), secret=sealed))

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(webhooks).where(webhooks.c.id == webhook_id))).one_or_none()
        return None if row is None else _webhook(row)

    async def secret_of(self, webhook_id: WebhookId) -> str | None:
        """Return a webhook's secret, None where there is none, or it was sealed by a master key that is gone."""
        async with self._engine.connect() as connection:
            sealed = await connection.scalar(select(webhooks.c.secret).where(webhooks.c.id == webhook_id))
        plain = None if sealed is None else unseal(self._keys, sealed, webhook_id)
        return None if plain is None else plain.decode()

    async def failing_since(self, moment: datetime) -> list[Webhook]:
        """Return the enabled webhooks that have taken nothing since a moment, and were sent something."""
        where = webhooks.c.disabled_at.is_(None) & (webhooks.c.failing_since <= moment)
        async with self._engine.connect() as connection:
            return [_webhook(row) for row in await connection.execute(select(webhooks).where(where))]

    async def list(self, organization_id: OrganizationId) -> list[Webhook]:
        """Return an organization's webhooks, oldest first."""
        query = select(webhooks).where(webhooks.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(webhooks.c.created_at, webhooks.c.id))
            return [_webhook(row) for row in rows]

    async def count(self, organization_id: OrganizationId) -> int:
        """Return how many webhooks an organization has."""
        query = select(func.count()).select_from(webhooks).where(webhooks.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def save(self, webhook: Webhook) -> None:
        """Store a changed webhook; what waits for one that is not enabled is given up."""
        async with self._engine.begin() as connection:
            await connection.execute(update(webhooks).where(webhooks.c.id == webhook.id).values(_values(webhook)))
            if not webhook.enabled:
                await _give_up(connection, webhook.id)

    async def remove(self, webhook_id: WebhookId) -> None:
        """Remove a webhook and all deliveries to it."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
            await connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    async def disable(self, webhook: Webhook, reason: str, now: datetime) -> bool:
        """Send nothing more to a webhook, and a letter to the organization's admins; return whether it was done here.

        Of many workers that find the same one does it.
        """
        where = (webhooks.c.id == webhook.id) & webhooks.c.disabled_at.is_(None)
        async with self._engine.begin() as connection:
            ended = update(webhooks).where(where).values(disabled_at=now, disabled_reason=reason)
            if (await connection.execute(ended)).rowcount == 0:
                return False
            await _give_up(connection, webhook.id)
            admins = await _admins_of(connection, webhook.organization_id) if self._sends_mail else []
            letters = [disabled_letter(admin, webhook.id, webhook.host, reason) for admin in admins]
            for statement in putting([new_mail(MailKind.WEBHOOK_DISABLED, letter, None, now) for letter in letters]):
                await connection.execute(statement)
        return True


async def _give_up(connection: AsyncConnection, webhook_id: WebhookId) -> None:
    table = webhook_deliveries.c
    where = (table.webhook_id == webhook_id) & table.next_attempt_at.is_not(None)
    values = {"next_attempt_at": None, "error": "The webhook was disabled before this was delivered."}
    await connection.execute(update(webhook_deliveries).where(where).values(values))


async def _admins_of(connection: AsyncConnection, organization_id: OrganizationId) -> list[Person]:
    """Return the admins of an organization's projects to whom letters can be sent."""
    query = (
        select(users.c.id, users.c.email, users.c.name)
        .join(members, members.c.user_id == users.c.id)
        .join(projects, projects.c.id == members.c.project_id)
        .where(projects.c.organization_id == organization_id, members.c.role == Role.ADMIN)
        .distinct()
        .order_by(users.c.email)
    )
    people = [Person(id=UserId(row.id), email=row.email, name=row.name) for row in await connection.execute(query)]
    return [person for person in people if person.address is not None]


def _values(webhook: Webhook) -> dict[str, object]:
    return {name: getattr(webhook, name) for name in COLUMNS} | {"events": list(webhook.events)}


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**{name: getattr(row, name) for name in COLUMNS} | {"events": tuple(row.events)})
