"""A webhook: a server of an organization that is sent what happens."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from yarl import URL

from service.identifiers import OrganizationId, UserId, WebhookId

if TYPE_CHECKING:
    from service.notices.notice import Notice

SECRET_BYTES = 24
"""Standard Webhooks asks for 24 to 64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where it is sent, and what."""

    id: WebhookId
    organization_id: OrganizationId
    url: str
    description: str
    events: tuple[str, ...]
    """Types of notices; empty: all."""
    created_by: UserId
    created_at: datetime
    updated_at: datetime
    failing_since: datetime | None = None
    """None: the last delivery arrived, or there was none."""
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether anything is sent to it."""
        return self.disabled_at is None

    @property
    def host(self) -> str:
        """The host of its address."""
        return URL(self.url).host or ""


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"
    """It is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice on its way to a webhook: a row of the outbox."""

    webhook_id: WebhookId
    notice: Notice
    created_at: datetime
    next_attempt_at: datetime | None
    """None: it was delivered, or given up."""
    attempts: int
    delivered_at: datetime | None
    response_status: int | None
    """Of the last attempt, where there was an answer."""
    error: str | None

    @property
    def status(self) -> DeliveryStatus:
        """How far it is."""
        if self.delivered_at is not None:
            return DeliveryStatus.DELIVERED
        return DeliveryStatus.FAILED if self.next_attempt_at is None else DeliveryStatus.QUEUED


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
