"""What may not stand in a request, whichever route it takes, nor in a header that repeats something of it."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from multidict import istr

from service.errors import BadInput
from service.links.guard import no_such_link

if TYPE_CHECKING:
    from aiohttp import web

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Line breaks would end a header, NUL is no text to PostgreSQL, surrogates are none to anybody."""
ESCAPED: Final = re.compile(r"%(?:[01][0-9a-f]|7f)|[^\x20-\x7e]", re.IGNORECASE)
"""What such a character looks like in an address as it was sent; most have none, and need not be decoded."""
SPOKEN: Final = tuple(
    map(
        istr,
        (
            *("Authorization", "X-Api-Key", "X-Share-Password", "X-Share-Key", "X-Organization", "Cookie"),
            *("Origin", "Referer", "X-Forwarded-For", "User-Agent", "Content-Type"),
        ),
    )
)
"""Headers whose text is hashed, stored or returned. All others are compared, and what is no text is ignored."""


VALUE: Final = itemgetter(1)


def require_well_formed(request: web.Request) -> None:
    """Raise BadInput where the decoded address holds a control character, or a header is no text.

    What is checked here may stand in a header of an answer, in a log and in SQL without a second look.
    """
    require_address(request, request.match_info.get("token", ""))
    require_text(request)


def require_address(request: web.Request, token: str) -> None:
    """Raise BadInput where the decoded address holds a control character, NotFound where the token in it does."""
    if not ESCAPED.search(request.raw_path):
        return
    if CONTROL.search(token):
        raise no_such_link()
    if CONTROL.search(request.path):
        raise BadInput("malformed_request", "The path must not contain control characters.")
    if any(CONTROL.search(name) or CONTROL.search(value) for name, value in request.query.items()):
        raise BadInput("malformed_request", "The query must not contain control characters.")


def require_text(request: web.Request) -> None:
    """Raise BadInput where a header whose text is used is no text."""
    if b"".join(map(VALUE, request.raw_headers)).isascii():
        return
    for name in SPOKEN:
        if (value := request.headers.get(name)) is not None and CONTROL.search(value):
            raise BadInput("malformed_request", f"The header {name} must be UTF-8 without control characters.")


def require_headers(response: web.StreamResponse) -> None:
    """Raise BadInput where a header would break the head of an answer: aiohttp would drop the connection."""
    for value in response.headers.values():
        if CONTROL.search(value):
            raise BadInput("malformed_request", "The request must not contain control characters.")
