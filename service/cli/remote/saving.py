"""Answers of bytes: where they go, and what was cut."""

from __future__ import annotations

import http.client
import shutil
import sys
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

import click

from service.cli.remote.calling import CallFailed, call
from service.cli.remote.description import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from service.cli.remote.description import Operation
    from service.cli.remote.logins import Login

CHUNK = 2**18
OTHER_VERSION = frozenset({"precondition_failed", "range_not_satisfiable"})


def save(login: Login, operation: Operation, body: Mapping[str, Any], output: Path | None) -> None:
    """Write an answer to where it was asked to go: a file whole or not at all. Raises click.ClickException, OSError."""
    if output is not None and str(output) != "-":
        _save_resumed(login, operation, body, output)
        return
    if sys.stdout.isatty() and not all(map(is_text, operation.media_types)) and body.get("format") != "csv":
        raise click.UsageError("the answer is binary: give --output FILE")
    with call(login, operation.id, body, keyed=operation.takes_key) as answer:
        if not _is_empty(answer):
            _copy(answer, sys.stdout.buffer)


def _save_resumed(login: Login, operation: Operation, body: Mapping[str, Any], output: Path) -> None:
    """Write into `NAME.part` first. A download in parts resumes where an earlier try was cut."""
    part, version = output.with_name(f"{output.name}.part"), output.with_name(f"{output.name}.part.etag")
    can_resume = operation.field("offset") is not None and "offset" not in body
    if can_resume and part.exists() and version.exists() and part.stat().st_size:
        came = {"offset": part.stat().st_size, "etag": version.read_text()}
        try:
            _write(login, operation, {**body, **came}, output, part)
        except CallFailed as failure:
            if failure.code not in OTHER_VERSION:
                raise
        else:
            return
    _write(login, operation, body, output, part)


def _write(login: Login, operation: Operation, body: Mapping[str, Any], output: Path, part: Path) -> None:
    version = part.with_name(f"{part.name}.etag")
    with call(login, operation.id, body, keyed=operation.takes_key) as answer:
        if _is_empty(answer):
            return
        if operation.field("offset") is not None:
            version.write_text(answer.headers.get("ETag", ""))
        with part.open("ab" if answer.status == HTTPStatus.PARTIAL_CONTENT else "wb") as file:
            _copy(answer, file)
        part.replace(output)
        version.unlink(missing_ok=True)
        click.echo(f"{output}: {answer.headers.get_content_type()}", err=True)


def _is_empty(answer: http.client.HTTPResponse) -> bool:
    if answer.status == HTTPStatus.NO_CONTENT:
        click.echo("There is no data here: nothing was written.", err=True)
    return answer.status == HTTPStatus.NO_CONTENT


def _copy(answer: http.client.HTTPResponse, file: IO[bytes]) -> None:
    """Copy an answer. Raises http.client.IncompleteRead for a cut one, which reading in chunks does not report."""
    shutil.copyfileobj(answer, file, CHUNK)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
