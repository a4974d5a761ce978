"""Notices and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.notices.expiring import Expiring
from service.notices.notices import Notices
from service.notices.sightings import Sightings
from service.notices.webhooks.delivery_store import DeliveryStore
from service.notices.webhooks.sender import WebhookSender
from service.notices.webhooks.webhook_store import WebhookStore
from service.notices.webhooks.worker import WebhookWorker
from service.operations.core.services import NoticeServices
from service.outbound.reach import Reach

if TYPE_CHECKING:
    from service.composition.base import Base


def notice_services(base: Base) -> NoticeServices:
    """Return who writes notices, and the worker that sends them to webhooks, not running yet."""
    sends_mail = base.settings.smtp_url is not None
    notices = Notices(base.engine, sends_mail=sends_mail)
    webhooks = WebhookStore(base.engine, base.keys.webhook, sends_mail=sends_mail)
    deliveries, sender = DeliveryStore(base.engine), WebhookSender(Reach(networks=base.settings.webhook_allow))
    worker = WebhookWorker(webhooks, deliveries, sender)
    notices.call_when_written(worker.wake)
    return NoticeServices(
        notices=notices,
        sightings=Sightings(notices),
        expiring=Expiring(base.engine, notices),
        webhooks=webhooks,
        deliveries=deliveries,
        sender=sender,
        worker=worker,
    )
