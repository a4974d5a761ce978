"""A link as its sharer gets it, and the URLs that it gives a recipient."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.links.link import Link
from service.operations.links.models import LinkDetail, LinkOutput
from service.operations.links.notice_models import MailOutput

if TYPE_CHECKING:
    from service.mail.mail import Mail
    from service.metering.usage import LinkUsage
    from service.operations.core.services import Services
    from service.operations.links.cost_models import LinkCost

SHOWN = frozenset(LinkDetail.model_fields) & {field.name for field in fields(Link)} - frozenset(LinkOutput.model_fields)
"""What a detail has of a link as it is."""


def link_url(services: Services, link: Link) -> str:
    """Return the address that a sharer gives to a recipient."""
    return f"{services.settings.base_url}/s/{services.links.tokens.sign(link.id, link.rotation)}"


def remaining_views(link: Link, usage: LinkUsage) -> int | None:
    """Return how often the password may still be given; None for no limit."""
    return None if link.max_views is None else max(0, link.max_views - usage.units.views)


def link_output(
    services: Services, link: Link, usage: LinkUsage, warnings: tuple[str, ...] = (), cost: LinkCost | None = None
) -> LinkOutput:
    """Return a link as `share.link.create` answers."""
    return LinkOutput(**_common(services, link, usage), warnings=warnings, cost=cost)


def link_detail(services: Services, link: Link, usage: LinkUsage) -> LinkDetail:
    """Return a link as its sharer can look at it later."""
    return LinkDetail(
        **_common(services, link, usage),
        warnings=(),
        **{name: getattr(link, name) for name in SHOWN},
        has_password=link.password_hash != "",
        view_count=usage.units.views,
        render_count=usage.units.renders,
        byte_count=usage.units.bytes,
    )


def mail_output(mail: Mail) -> MailOutput:
    """Return a letter as its sharer can follow it."""
    return MailOutput(
        id=mail.id,
        kind=mail.kind,
        recipient=mail.letter.recipient,
        status=mail.status,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
        attempts=mail.attempts,
        next_attempt_at=mail.next_attempt_at,
        error=mail.error,
    )


def _common(services: Services, link: Link, usage: LinkUsage) -> dict[str, Any]:
    url = link_url(services, link)
    return {
        "id": link.id,
        "token": url.rpartition("/")[2],
        "url": url,
        "tilejson_url": f"{url}/tilejson.json",
        "target_type": link.target_type,
        "target_id": link.target_id,
        "permission": link.permission,
        "organization_id": link.organization_id,
        "project_id": link.project_id,
        "name": link.name,
        "status": link.status(datetime.now(UTC)),
        "expires_at": link.expires_at,
        "created_at": link.created_at,
        "revoked_at": link.revoked_at,
        "access_count": usage.units.renders + usage.units.downloads,
        "last_accessed_at": usage.last_used_at,
        "created_by": link.created_by,
        "remaining_views": remaining_views(link, usage),
    }
