"""Which version of a file a request wants, and which part of it: headers to values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from aiohttp import hdrs

from service.api.requests.params import held_etags
from service.delivery.files.conditions import Conditions
from service.operations.files.downloads import Wish

if TYPE_CHECKING:
    from aiohttp import web

STRONG_ETAG = re.compile(r'(W/)?("[^"]*")')


def wish_of(request: web.Request) -> Wish:
    """Return what a GET or HEAD wants of a file."""
    headers, is_head = request.headers, request.method == hdrs.METH_HEAD
    if_range = headers.get(hdrs.IF_RANGE)
    conditions = Conditions(
        range=None if is_head else headers.get(hdrs.RANGE),
        if_range=if_range,
        if_range_date=_date(if_range),
        if_match=wanted_etags(request),
        if_none_match=held_etags(request) if hdrs.IF_NONE_MATCH in headers else None,
        if_modified_since=_date(headers.get(hdrs.IF_MODIFIED_SINCE)),
        if_unmodified_since=_date(headers.get(hdrs.IF_UNMODIFIED_SINCE)),
    )
    return Wish(conditions=conditions, without_body=is_head)


def wanted_etags(request: web.Request) -> tuple[str, ...] | None:
    """Return the ETags of `If-Match`, None without it. A weak one is no word on bytes, so it matches nothing."""
    text = request.headers.get(hdrs.IF_MATCH)
    if text is None:
        return None
    return ("*",) if text.strip() == "*" else tuple(tag for weak, tag in STRONG_ETAG.findall(text) if not weak)


def _date(text: str | None) -> datetime | None:
    """Return an HTTP date; None where it is none (RFC 9110, 13.1: such a condition is ignored)."""
    if text is None or text.lstrip().startswith(('"', "W/")):
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
