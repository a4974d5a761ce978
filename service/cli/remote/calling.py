"""Calls to a running service, and how they fail: with the standard library alone, which starts fastest."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

    from service.cli.remote.logins import Login

SILENCE = 120.0  # seconds without a byte
TRIES = 3
KEY_HEADER = "Idempotency-key"
"""As urllib writes it."""
BAD_INPUT = frozenset({400, 413, 415, 422})
PROBLEM = "application/problem+json"


class CallFailed(click.ClickException):
    """The service said no: exit code 1."""

    exit_code = 1

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: str | None) -> None:
        self.code = str(problem.get("code", f"http_{status}"))
        self.field = problem.get("field")
        super().__init__(_line(self.code, problem, retry_after))


class CallInvalid(CallFailed):
    """The service said no to something that other input would help: exit code 2."""

    exit_code = 2


class Unreachable(click.ClickException):
    """Nobody answered: exit code 3."""

    exit_code = 3


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key is not carried to wherever an answer points."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""
        return


@contextmanager
def call(
    login: Login, operation_id: str, body: Mapping[str, Any], *, keyed: bool = False
) -> Iterator[http.client.HTTPResponse]:
    """Yield the answer to an operation, not yet read. Raises CallFailed, Unreachable.

    `keyed`: whether the operation takes an `Idempotency-Key`. Then it is asked again where a connection breaks before
    the answer comes: the key stays, so that nothing is made twice.
    """
    request = urllib.request.Request(  # noqa: S310  (`clean_url` lets http and https through alone)
        f"{login.url}/v1/op/{operation_id}", json.dumps(body).encode(), _headers(login, keyed=keyed), method="POST"
    )
    try:
        with _open(request) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        with error:
            kind = CallInvalid if error.code in BAD_INPUT else CallFailed
            raise kind(error.code, _problem(error, error.headers), error.headers["Retry-After"]) from error
    except urllib.error.URLError as error:
        raise Unreachable(f"{login.url} cannot be reached: {_reason(error.reason)}") from error
    except (http.client.HTTPException, TimeoutError, ConnectionResetError, ConnectionAbortedError) as error:
        raise Unreachable(f"{login.url} stopped answering: {_reason(error)}") from error


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    opener = urllib.request.build_opener(_NoRedirects)
    for _ in range(TRIES - 1 if request.has_header(KEY_HEADER) else 0):
        with suppress(http.client.RemoteDisconnected, ConnectionResetError, ConnectionAbortedError):
            return cast("http.client.HTTPResponse", opener.open(request, timeout=SILENCE))
    return cast("http.client.HTTPResponse", opener.open(request, timeout=SILENCE))


def ask(login: Login, operation_id: str, body: Mapping[str, Any], *, keyed: bool = False) -> dict[str, Any]:
    """Return a JSON answer; else as `call`."""
    with call(login, operation_id, body, keyed=keyed) as answer:
        document: dict[str, Any] = json.load(answer)
        return document


def _headers(login: Login, *, keyed: bool) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": f"tilegate/{version('tilegate')}"}
    if login.api_key is None:
        return headers
    headers["Authorization"] = f"Bearer {login.api_key}"
    return headers | {KEY_HEADER: str(uuid.uuid4())} if keyed else headers


def _problem(body: IO[bytes], headers: Message) -> Mapping[str, Any]:
    """Return the problem document of an answer, or what stands in for one that a proxy gave."""
    if headers.get_content_type() == PROBLEM:
        try:
            document = json.loads(body.read(2**20))
        except (ValueError, OSError, http.client.HTTPException):
            document = None
        if isinstance(document, dict):
            return document
    return {"detail": "The answer is not Tilegate's: is this the right address?"}


def _line(code: str, problem: Mapping[str, Any], retry_after: str | None) -> str:
    parts = [str(problem.get("detail", "")), f"[{code}]"]
    if problem.get("field"):
        parts.insert(0, f"--{str(problem['field']).replace('_', '-')}:")
    if retry_after:
        parts.append(f"Try again in {retry_after} s.")
    if problem.get("request_id"):
        parts.append(f"(request {problem['request_id']})")
    return " ".join(parts)


def _reason(reason: object) -> str:
    strerror = getattr(reason, "strerror", None)
    return str(strerror or reason or type(reason).__name__)
