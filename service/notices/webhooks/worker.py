"""The loop that sends what is in the outbox of webhooks."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled, look_whenever
from service.mail.worker import PAUSES
from service.notices.webhooks.sender import NotDelivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.identifiers import OrganizationId, WebhookId
    from service.notices.webhooks.delivery_store import DeliveryStore
    from service.notices.webhooks.sender import WebhookSender
    from service.notices.webhooks.webhook import Delivery, Webhook
    from service.notices.webhooks.webhook_store import WebhookStore

LOOK_EVERY = 5.0
LEASE = timedelta(minutes=1)
"""Longer than an attempt can take: who takes a delivery and dies leaves it for so long."""
MOST_AT_ONCE = 16
MOST_OF_ONE = 4
"""Deliveries of one organization at once: those whose servers hang leave places to all others."""
LOOKED_AT = 500
"""Webhooks for which something is due: of more organizations than there are places, each with all that it may have."""
FAREWELL = 12.0
"""Seconds that deliveries under way are given when we end."""
PATIENCE = timedelta(days=5)
"""After so long in which it took nothing a webhook is disabled."""

logger = logging.getLogger(__name__)


class WebhookWorker:
    """Sends notices, at least once each: where we die between sending and noting it, one comes twice, under one id.

    To each webhook one at a time, and to a few of an organization, so that servers that hang hold up nobody else's;
    after a failure again, after the pauses that letters have. `now`: the time, aware.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        deliveries: DeliveryStore,
        sender: WebhookSender,
        *,
        look_every: float = LOOK_EVERY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._sender = sender
        self._look_every = look_every
        self._now = now
        self._lanes: dict[WebhookId, asyncio.Task[None]] = {}
        self._held: Counter[OrganizationId] = Counter()
        """How many lanes are whose."""
        self._woken = asyncio.Event()
        self._is_ending = False

    def wake(self) -> None:
        """Have the loop look now: something was put into the outbox."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, whenever there is something; runs until cancelled, and finishes the deliveries in hand."""
        try:
            await look_whenever(self._woken, self.look, every=self._look_every)
        finally:
            self._is_ending = True
            if self._lanes:
                await asyncio.wait(self._lanes.values(), timeout=FAREWELL)
            for lane in self._lanes.values():
                lane.cancel()

    async def look(self) -> None:
        """Begin to send what is due, and disable what has failed for too long."""
        now = self._now()
        try:
            for webhook in await self._webhooks.failing_since(now - PATIENCE):
                await self._disable(webhook, f"it took nothing for {PATIENCE.days} days.")
            for webhook_id, organization_id in await self._deliveries.due(now, LOOKED_AT):
                self._begin(webhook_id, organization_id)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("webhooks wait: SQL failed: %s", type(exc).__name__)

    async def finish(self) -> None:
        """Wait until all that was due has been tried."""
        while self._lanes:
            await asyncio.wait(self._lanes.values())
            await asyncio.sleep(0)

    def _begin(self, webhook_id: WebhookId, organization_id: OrganizationId) -> None:
        """Begin to send what is due to a webhook, if there is a place."""
        if webhook_id in self._lanes or len(self._lanes) >= MOST_AT_ONCE or self._held[organization_id] >= MOST_OF_ONE:
            return
        self._held[organization_id] += 1
        lane = self._lanes[webhook_id] = asyncio.create_task(self._send_all(webhook_id))
        lane.add_done_callback(partial(self._end, webhook_id, organization_id))

    def _end(self, webhook_id: WebhookId, organization_id: OrganizationId, _: asyncio.Task[None]) -> None:
        del self._lanes[webhook_id]
        self._held -= Counter({organization_id: 1})
        self.wake()

    async def _send_all(self, webhook_id: WebhookId) -> None:
        try:
            while not self._is_ending and not is_cancelled():
                now = self._now()
                delivery = await self._deliveries.take(webhook_id, now, now + LEASE)
                if delivery is None:
                    return
                await self._send(delivery)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("webhook %s waits: SQL failed: %s", webhook_id, type(exc).__name__)

    async def _send(self, delivery: Delivery) -> None:
        webhook, secret = await self._webhooks.get(delivery.webhook_id), None
        if webhook is not None:
            secret = await self._webhooks.secret_of(webhook.id)
        if webhook is None or secret is None or not webhook.enabled:
            await self._fail(delivery, NotDelivered("The webhook has ended, or its secret cannot be read."), None)
            return
        try:
            status = await self._sender.send(webhook.url, secret, delivery.notice, self._now())
        except NotDelivered as exc:
            await self._fail(delivery, exc, self._next_attempt(delivery))
            if exc.is_gone:
                await self._disable(webhook, "the server answered 410 Gone.")
            return
        await self._deliveries.mark_delivered(delivery, status, self._now())

    def _next_attempt(self, delivery: Delivery) -> datetime | None:
        if delivery.attempts > len(PAUSES):
            return None
        return self._now() + PAUSES[delivery.attempts - 1]

    async def _fail(self, delivery: Delivery, exc: NotDelivered, next_attempt_at: datetime | None) -> None:
        logger.info("webhook %s did not take %s: %s", delivery.webhook_id, delivery.notice.id, exc.reason)
        await self._deliveries.mark_failed(
            delivery, exc.reason, exc.status, next_attempt_at=next_attempt_at, now=self._now()
        )

    async def _disable(self, webhook: Webhook, reason: str) -> None:
        if await self._webhooks.disable(webhook, reason, self._now()):
            logger.warning("webhook %s was disabled: %s", webhook.id, reason)
