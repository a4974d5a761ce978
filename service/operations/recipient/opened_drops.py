"""What is told to who opens a link that takes files and shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.operations.files.drops import limits_of
from service.operations.links.views import link_url, remaining_views
from service.operations.recipient.validation_models import LinkValidated, Target

if TYPE_CHECKING:
    from datetime import datetime

    from service.links.link import Link
    from service.metering.usage import LinkUsage
    from service.operations.core.operation import Context


def opened_drop(context: Context, link: Link, usage: LinkUsage, key: str, key_expires_at: datetime) -> LinkValidated:
    """Return what the link says of itself, and what it takes: nothing of the folder, nor of what has come."""
    limits = limits_of(context, link)
    return LinkValidated(
        permission=link.permission,
        target_type=link.target_type,
        target=Target(name=link.name, description="", kind="directory", minzoom=None, maxzoom=None, center=None),
        targets=(),
        name=link.name,
        description=link.description,
        expires_at=link.expires_at,
        bounds=None,
        profiles=(),
        tile_matrix_sets=(),
        view_count=usage.units.views,
        remaining_views=remaining_views(link, usage),
        key=key,
        key_expires_at=key_expires_at,
        urls={"page": link_url(context.services, link), "drop": limits.url},
        drop=limits,
    )
