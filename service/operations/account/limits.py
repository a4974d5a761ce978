"""How often a caller may ask, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from service.accounts.api_keys import Scope
from service.operations.account.models import Nothing
from service.operations.core.operation import Bucket, Context, Effect, Operation, Response
from service.operations.recipient.images import MAX_PREVIEW

if TYPE_CHECKING:
    from service.metering.limits import Allowance
    from service.settings import Settings

PAGES = "pages"
"""Pages and pictures of the sharer's site, as a class of calls."""
CALLER = "one user, with all API keys and sessions"


class LimitOutput(Response):
    """A limit on a class of calls, and what is left of it."""

    limit: int
    window_seconds: float
    remaining: int | None = Field(description="null where each link and client is counted apart")
    reset_seconds: float | None = Field(description="After which the window ends; null as above")
    counted: str
    """What is counted, and for whom together."""


class Limits(Response):
    """What holds for you now."""

    caller: str
    """Whose calls are counted together."""
    classes: dict[str, LimitOutput]
    caps: dict[str, int] = Field(description="How large one call or its answer may be")


def rate_limits(settings: Settings) -> dict[Bucket, int]:
    """Return how many calls of each class a caller has in a minute; tiles are counted by link and client."""
    return {
        Bucket.CREATE: settings.rate_create,
        Bucket.READ: settings.rate_read,
        Bucket.UPDATE: settings.rate_update,
        Bucket.LIST: settings.rate_list,
    }


async def get_limits(context: Context, request: Nothing) -> Limits:  # noqa: ARG001  (there is nothing in it)
    """Return your rate limits, and what is left of each."""
    settings, rates = context.services.settings, context.services.metering.rates
    classes = {
        bucket.value: _told(await rates.look(context.caller, bucket, limit))
        for bucket, limit in rate_limits(settings).items()
    }
    classes[PAGES] = _told(await rates.look(context.caller, PAGES, settings.rate_pages))
    classes["tiles"] = _apart(settings.rate_tiles, 60, "tiles and other calls by a link's address")
    classes["requests"] = _apart(settings.rate_requests, 3600, "access requests")
    return Limits(caller=context.caller, classes=classes, caps=_caps(settings))


def _told(allowance: Allowance) -> LimitOutput:
    return LimitOutput(
        limit=allowance.limit,
        window_seconds=allowance.window,
        remaining=allowance.remaining,
        reset_seconds=allowance.reset,
        counted=f"calls of this class by {CALLER}",
    )


def _apart(limit: int, window: float, what: str) -> LimitOutput:
    counted = f"{what}, for each link and client"
    return LimitOutput(limit=limit, window_seconds=window, remaining=None, reset_seconds=None, counted=counted)


def _caps(settings: Settings) -> dict[str, int]:
    return {
        "preview_pixels": MAX_PREVIEW,
        "page_rows": 200,
        "link_targets": 100,
        "link_recipients": 1000,
        "batch_links": settings.batch_links,
        "crop_pixels": settings.crop_pixels,
        "archive_entries": settings.archive_entries,
        "archive_bytes": settings.archive_bytes,
        "upload_bytes": settings.upload_bytes,
    }


OPERATIONS = (Operation("limits.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_limits),)
