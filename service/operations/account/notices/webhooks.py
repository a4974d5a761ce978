"""Webhooks of an organization: servers that are sent what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.accounts.api_keys import Scope
from service.errors import BadInput, NotFound
from service.identifiers import WebhookId, new_id
from service.notices.notice import TEST, new_notice
from service.notices.webhooks.sender import NotDelivered
from service.notices.webhooks.webhook import Webhook, new_secret
from service.operations.account.models import Nothing
from service.operations.account.notices.webhook_models import (
    DeliveryList,
    DeliveryOutput,
    DeliveryPage,
    WebhookCreate,
    WebhookCreated,
    WebhookDeleted,
    WebhookOutput,
    WebhookPage,
    WebhookRef,
    WebhookTested,
    WebhookUpdate,
)
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from service.notices.webhooks.webhook import Delivery

MOST = 20
"""Webhooks of an organization."""
BY_ADMIN = "by an admin."


async def create_webhook(context: Context, request: WebhookCreate) -> WebhookCreated:
    """Have a server sent what happens to your organization's links; its secret is shown this once.

    Each event is signed by the Standard Webhooks convention, sent at least once, and tried again for three days.
    """
    services, sharer, now = context.services, context.sharer, datetime.now(UTC)
    await _check_url(context, request.url)
    if await services.notices.webhooks.count(sharer.organization_id) >= MOST:
        raise BadInput("field_invalid", f"An organization has at most {MOST} webhooks; delete one first.", field="url")
    webhook, secret = (
        Webhook(
            id=WebhookId(new_id("whk")),
            organization_id=sharer.organization_id,
            url=request.url,
            description=request.description,
            events=request.events,
            created_by=sharer.user_id,
            created_at=now,
            updated_at=now,
        ),
        new_secret(),
    )
    await services.notices.webhooks.add(webhook, secret)
    return WebhookCreated(**dict(_output(webhook)), secret=secret)


async def list_webhooks(context: Context, request: Nothing) -> WebhookPage:  # noqa: ARG001  (there is nothing in it)
    """List the webhooks of your organization."""
    found = await context.services.notices.webhooks.list(context.sharer.organization_id)
    return WebhookPage(webhooks=tuple(map(_output, found)))


async def update_webhook(context: Context, request: WebhookUpdate) -> WebhookOutput:
    """Change a webhook, or enable it again after it was disabled."""
    webhook, now, given = await _webhook_for(context, request), datetime.now(UTC), request.model_fields_set
    changes: dict[str, Any] = {name: getattr(request, name) for name in given & {"url", "description", "events"}}
    if "url" in given:
        await _check_url(context, request.url)
    if "enabled" in given and request.enabled:
        changes |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    if "enabled" in given and not request.enabled and webhook.enabled:
        changes |= {"disabled_at": now, "disabled_reason": BY_ADMIN}
    changed = replace(webhook, **changes, updated_at=now)
    await context.services.notices.webhooks.save(changed)
    return _output(changed)


async def delete_webhook(context: Context, request: WebhookRef) -> WebhookDeleted:
    """Remove a webhook, and what waits for it."""
    webhook = await _webhook_for(context, request)
    await context.services.notices.webhooks.remove(webhook.id)
    return WebhookDeleted(id=webhook.id, ok=True)


async def test_webhook(context: Context, request: WebhookRef) -> WebhookTested:
    """Send a webhook an event of the type `webhook.test` now, once, and say what came of it.

    A webhook that is disabled is sent it, too.
    """
    services, now = context.services.notices, datetime.now(UTC)
    webhook = await _webhook_for(context, request)
    notice = new_notice(TEST, now, {"organization_id": webhook.organization_id, "webhook_id": webhook.id})
    secret = await services.webhooks.secret_of(webhook.id)
    if secret is None:
        raise BadInput("field_invalid", "The webhook's secret cannot be read; make a new one.", field="webhook_id")
    try:
        status = await services.sender.send(webhook.url, secret, notice, now)
    except NotDelivered as exc:
        return WebhookTested(id=notice.id, delivered=False, response_status=exc.status, error=exc.reason)
    return WebhookTested(id=notice.id, delivered=True, response_status=status, error=None)


async def list_deliveries(context: Context, request: DeliveryList) -> DeliveryPage:
    """List what was sent to a webhook or waits to be, newest first."""
    webhook = await _webhook_for(context, request)
    before, limit = read_cursor(request.cursor), request.limit
    found = await context.services.notices.deliveries.list(webhook.id, before=before, limit=limit + 1)
    page = found[:limit]
    more = write_cursor(page[-1].created_at, page[-1].notice.id) if len(found) > limit else None
    return DeliveryPage(deliveries=tuple(map(_delivery_output, page)), next_cursor=more)


async def _webhook_for(context: Context, request: WebhookRef) -> Webhook:
    """Return a webhook of the caller's organization. Raises NotFound."""
    webhook = await context.services.notices.webhooks.get(WebhookId(request.webhook_id))
    if webhook is None or webhook.organization_id != context.sharer.organization_id:
        raise NotFound("webhook_not_found", "Your organization has no such webhook.", field="webhook_id")
    return webhook


async def _check_url(context: Context, url: str) -> None:
    try:
        await context.services.notices.sender.check(url)
    except ValueError as exc:
        raise BadInput("field_invalid", f"url {exc}.", field="url") from exc


def _output(webhook: Webhook) -> WebhookOutput:
    return WebhookOutput(**{name: getattr(webhook, name) for name in WebhookOutput.model_fields})


def _delivery_output(delivery: Delivery) -> DeliveryOutput:
    names = ("status", "created_at", "attempts", "next_attempt_at", "delivered_at", "response_status", "error")
    values = {name: getattr(delivery, name) for name in names}
    return DeliveryOutput(id=delivery.notice.id, type=delivery.notice.type, **values)


OPERATIONS = (
    Operation("webhook.create", Scope.ADMIN, Effect.EXPORT, Bucket.CREATE, create_webhook),
    Operation("webhook.list", Scope.ADMIN, Effect.READ, Bucket.LIST, list_webhooks),
    Operation("webhook.update", Scope.ADMIN, Effect.EXPORT, Bucket.UPDATE, update_webhook),
    Operation("webhook.delete", Scope.ADMIN, Effect.DESTRUCTIVE, Bucket.UPDATE, delete_webhook),
    Operation("webhook.test", Scope.ADMIN, Effect.EXPORT, Bucket.CREATE, test_webhook),
    Operation("webhook.deliveries", Scope.ADMIN, Effect.READ, Bucket.LIST, list_deliveries),
)
