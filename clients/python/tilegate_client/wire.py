"""What goes over the wire, without the wire: requests, answers, and when to ask again."""

from __future__ import annotations

import base64
import json
import random
import uuid
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from tilegate_client.errors import Problem, problem_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from httpx2 import Response

VERSION = "0.2.0"
JSON, PROBLEM_JSON = "application/json", "application/problem+json"
SAID_NO_BEFORE_DOING = frozenset({429})
MAY_BE_ASKED_AGAIN = frozenset({429, 502, 503, 504})
STILL_RUNS = "idempotency_key_in_use"
LONGEST_PAUSE = 30.0  # seconds


class _Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"

    def __bool__(self) -> Literal[False]:
        return False


Unset = Literal[_Unset.UNSET]
UNSET: Final = _Unset.UNSET
"""A field that is not sent: the service's default counts, or in an update what there was."""


class Caller(Protocol):
    """What methods of operations ask."""

    def ask(self, operation_id: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to an operation. Raises TilegateError."""
        ...

    def pages(self, operation_id: str, rows: str, body: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the rows of all pages. Raises TilegateError."""
        ...


class AsyncCaller(Protocol):
    """What methods of operations ask, with asyncio."""

    async def ask(self, operation_id: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to an operation. Raises TilegateError."""
        ...

    def pages(self, operation_id: str, rows: str, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Yield the rows of all pages. Raises TilegateError."""
        ...


def headers(api_key: str | None) -> dict[str, str]:
    """Return the headers of every call."""
    sent = {"User-Agent": f"tilegate-client-python/{VERSION}", "Content-Type": JSON}
    return sent if api_key is None else sent | {"Authorization": f"Bearer {api_key}"}


def idempotency_key() -> dict[str, str]:
    """Return the header that makes a call one call, however often it is sent."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def content(body: Mapping[str, Any]) -> bytes:
    """Return a request body: JSON without what is unset."""
    return json.dumps({name: value for name, value in body.items() if value is not UNSET}, default=_plain).encode()


def answer_of(response: Response) -> Any:
    """Return what a whole answer holds: JSON values, the text of a table, or bytes. Raises Problem."""
    if not response.is_success:
        raise problem_of(response)
    kind = media_type(response)
    if kind == JSON:
        return response.json()
    return response.text if kind.startswith("text/") else response.content


def problem_of(response: Response) -> Problem:
    """Return the error that an answer tells. Its body has been read."""
    document: Any = None
    if media_type(response) == PROBLEM_JSON:
        try:
            document = response.json()
        except ValueError:
            document = None
    told: Mapping[str, Any] = document if isinstance(document, dict) else {}
    return problem_type(response.status_code)(
        status=response.status_code,
        code=str(told.get("code", f"http_{response.status_code}")),
        detail=str(told.get("detail", "The answer is not Tilegate's: is this the right address?")),
        field=told.get("field"),
        request_id=told.get("request_id"),
        retry_after=retry_after(response),
    )


def media_type(response: Response) -> str:
    """Return the media type of an answer, without parameters."""
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def retry_after(response: Response) -> float | None:
    """Return the seconds that an answer asks to wait; None where it says nothing, or a date."""
    try:
        return float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None


def pause(error: Exception, attempt: int, *, is_safe: bool) -> float | None:
    """Return how many seconds to wait before asking again; None to give up.

    Where a call may have been carried out without our knowing, it is asked again only if that does nothing twice: if it
    reads, or has an `Idempotency-Key`. A call that was refused for its rate was not carried out.

    `attempt` counts from 0.
    """
    if isinstance(error, Problem):
        may_again = error.status in (MAY_BE_ASKED_AGAIN if is_safe else SAID_NO_BEFORE_DOING)
        may_again = may_again or (error.code == STILL_RUNS and error.retry_after is not None)
        told = error.retry_after
    else:
        may_again, told = is_safe, None
    if not may_again or (told is not None and told > LONGEST_PAUSE):
        return None
    return told if told is not None else random.uniform(0.5, 1) * min(0.25 * 2**attempt, LONGEST_PAUSE)  # noqa: S311


def _plain(value: Any) -> Any:
    """Return what JSON has no word for in a form that it has. A time without a zone is taken as the machine's."""
    match value:
        case datetime():
            return value.astimezone().isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case set() | frozenset():
            return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
