"""Request and response bodies of the operations on webhooks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from service.notices.notice import NoticeType
from service.notices.webhooks.webhook import DeliveryStatus
from service.operations.core.fields import Cursor, Identifier, Instant, Limit, Name
from service.operations.core.operation import Request, Response

Url = Annotated[str, Field(max_length=2000, description="https://… of a server with a public address")]
Events = Annotated[
    tuple[NoticeType, ...],
    AfterValidator(lambda events: tuple(dict.fromkeys(events))),
    Field(max_length=50, description="What it is sent; empty for all"),
]


class WebhookCreate(Request):
    """Where things that happen are sent."""

    url: Url
    description: Name = ""
    events: Events = ()


class WebhookRef(Request):
    """Name a webhook."""

    webhook_id: Identifier


class WebhookUpdate(WebhookRef):
    """What is left out stays as it is."""

    url: Url = ""
    description: Name = ""
    events: Events = ()
    enabled: bool = Field(True, description="false: nothing is sent, and what waits is given up")


class WebhookOutput(Response):
    """A webhook, without its secret."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    """Empty: all."""
    enabled: bool
    created_by: str
    created_at: Instant
    updated_at: Instant
    failing_since: Instant | None
    """None: the last delivery arrived, or there was none."""
    disabled_at: Instant | None
    disabled_reason: str | None


class WebhookCreated(WebhookOutput):
    """The webhook, and its secret."""

    secret: str = Field(description="whsec_…, to verify what is sent (Standard Webhooks); shown this once")


class WebhookPage(Response):
    """Webhooks, oldest first."""

    webhooks: tuple[WebhookOutput, ...]


class WebhookDeleted(Response):
    """Nothing is sent to it any more."""

    id: str
    ok: bool


class WebhookTested(Response):
    """What the server said to an event of the type webhook.test."""

    id: str = Field(description="What `webhook-id` said")
    delivered: bool
    response_status: int | None
    error: str | None


class DeliveryList(WebhookRef):
    """The last ones first."""

    limit: Limit = 50
    cursor: Cursor = None


class DeliveryOutput(Response):
    """An event on its way to a webhook."""

    id: str = Field(description="What `webhook-id` says, at each try")
    type: str
    status: DeliveryStatus
    created_at: Instant
    attempts: int
    next_attempt_at: Instant | None
    delivered_at: Instant | None
    response_status: int | None
    """Of the last attempt, where there was an answer."""
    error: str | None
    """Of the last attempt."""


class DeliveryPage(Response):
    """Deliveries, newest first; they are kept for thirty days."""

    deliveries: tuple[DeliveryOutput, ...]
    next_cursor: str | None
