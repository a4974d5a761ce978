"""The one place where bodies are read: whole ones in ten seconds, forms as UTF-8, uploads at a least rate."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from aiohttp import ClientError, hdrs, web
from aiohttp.helpers import parse_mimetype

from service.api.requests.unsent import SEND_LIMITS, SendLimits
from service.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

T = TypeVar("T")

FORM_TYPE = "application/x-www-form-urlencoded"
BODY_SECONDS = 10
FORM_BYTES = 16 * 1024
FORM_FIELDS = 32
UTF_8 = {"utf-8", "utf8", "us-ascii"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


async def read_whole(request: web.Request, most: int | None = None) -> bytes:
    """Return a body that is small. Raises BadInput where it is not, or does not come in time, or not as it should."""
    require_unencoded(request)
    if most is not None and (request.content_length or 0) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read() if most is None else await _read(request, most)
    except TimeoutError as exc:
        raise _too_slow() from exc
    except (ClientError, ConnectionError) as exc:
        raise BadInput("malformed_request", "The body cannot be read as its headers say.") from exc


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form; of one that is there twice, the first. Raises BadInput.

    Nothing is decoded before it is known to be short and in UTF-8: some of Python's codecs take seconds for more.
    """
    if request.content_type != FORM_TYPE:
        raise BadInput("media_type_unsupported", f"Send the form as {FORM_TYPE}.")
    require_utf_8(request)
    raw = await read_whole(request, FORM_BYTES)
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS, separator="&"
        )
    except ValueError as exc:  # UnicodeDecodeError is one
        raise BadInput(
            "malformed_request", f"Send the form as {FORM_TYPE} in UTF-8, with at most {FORM_FIELDS} fields."
        ) from exc
    if any(CONTROL.search(name) or CONTROL.search(value) for name, value in pairs):
        raise BadInput("malformed_request", "The form must not contain control characters.")
    return dict(reversed(pairs))


def require_unencoded(request: web.Request) -> None:
    """Raise BadInput where a body is compressed: a few KB of it may be gigabytes, and nobody here needs it."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise BadInput("media_type_unsupported", "Content-Encoding is not supported; send the body unencoded.")


def require_utf_8(request: web.Request) -> None:
    """Raise BadInput unless a body is in UTF-8, or does not say what it is in."""
    try:
        charset = parse_mimetype(request.headers.get(hdrs.CONTENT_TYPE, "")).parameters.get("charset", "utf-8")
    except ValueError as exc:
        raise BadInput("media_type_unsupported", "The Content-Type header is malformed.") from exc
    if charset.strip().strip("'\"").lower() not in UTF_8:
        raise BadInput("media_type_unsupported", "Send the body in UTF-8.")


class Pace:
    """How fast a body comes: what arrives earns seconds, waiting for it spends them, and none may be owed.

    As `Unsent` has it for answers. The seconds in which we do something else are not the client's.
    """

    def __init__(self, request: web.Request, clock: Callable[[], float] = time.monotonic) -> None:
        self._content = request.content
        self._limits = request.app.get(SEND_LIMITS, SendLimits())
        self._clock = clock
        self.left = self._limits.patience
        """Seconds that the body may still be late by."""
        self._seen = self._content.total_bytes

    async def of(self, reading: Awaitable[T]) -> T:
        """Return what is read, in at most the seconds that are left. Raises BadInput."""
        self._earn()
        started = self._clock()
        try:
            async with asyncio.timeout(max(0.0, self.left)):
                return await reading
        except TimeoutError as exc:
            raise _too_slow() from exc
        except (ClientError, ConnectionError) as exc:
            raise BadInput("malformed_request", "The body is incomplete; send it again.") from exc
        finally:
            self.left -= self._clock() - started

    def _earn(self) -> None:
        come = self._content.total_bytes
        self.left = min(self._limits.patience, self.left + (come - self._seen) / self._limits.least_rate)
        self._seen = come


async def chunks_of(request: web.Request) -> AsyncGenerator[bytes]:
    """Yield a body of any size. Raises BadInput where it comes too slowly, or not whole."""
    pace = Pace(request)
    while chunk := await pace.of(request.content.readany()):
        yield chunk


async def _read(request: web.Request, most: int) -> bytes:
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> BadInput:
    return BadInput("body_too_large", f"The body is too large: at most {most:,} bytes.")


def _too_slow() -> BadInput:
    return BadInput("body_too_slow", "The body arrived too slowly; send it again over a faster connection.")
