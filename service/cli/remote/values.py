"""What is typed for a field, as the JSON that is sent."""

from __future__ import annotations

import base64
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from service.cli.moments import parse_moment
from service.cli.remote.description import Field, Kind

DAY = re.compile(r"\d{4}-\d\d-\d\d")
PAIRS = re.compile(r"\w+=[^,]*(,\w+=[^,]*)*")


def param_type(field: Field) -> click.ParamType[Any]:
    """Return how a single value of a field is read."""
    span = (field.schema.get("minimum"), field.schema.get("maximum"))
    kinds: dict[Kind, click.ParamType[Any]] = {
        Kind.TEXT: Bytes() if field.is_base64 else Text(from_file=field.takes_long_text),
        Kind.CHOICE: click.Choice(field.choices),
        Kind.WHOLE: click.IntRange(*span),
        Kind.NUMBER: click.FloatRange(*span),
        Kind.FLAG: click.BOOL,
        Kind.INSTANT: Instant(),
        Kind.DAY: Day(),
        Kind.TUPLE: Numbers(len(field.schema.get("prefixItems", ()))),
        Kind.OBJECT: Json(),
        Kind.ANY: Json(),
    }
    return kinds[field.kind]


class Text(click.ParamType[str]):
    """A text; a long one may be in a file: `@FILE`, or `-` for standard input."""

    name = "text"

    def __init__(self, *, from_file: bool) -> None:
        self._from_file = from_file

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text. Fails with click.BadParameter."""
        return _content(self, value, param, ctx).decode() if self._from_file and _is_elsewhere(value) else str(value)


class Bytes(click.ParamType[str]):
    """A file's bytes, `@FILE` or `-`, sent as base64; anything else is base64 already."""

    name = "@file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return base64. Fails with click.BadParameter."""
        return base64.b64encode(_content(self, value, param, ctx)).decode() if _is_elsewhere(value) else str(value)


class Json(click.ParamType[Any]):
    """JSON, `name=value,name=value` for a flat object, `@FILE`, or `-` for standard input."""

    name = "json|@file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value. Fails with click.BadParameter."""
        if PAIRS.fullmatch(value):
            return dict(pair.split("=", 1) for pair in value.split(","))
        text = _content(self, value, param, ctx) if _is_elsewhere(value) else value
        try:
            return json.loads(text)
        except ValueError as exc:
            self.fail(f"this is not JSON: {exc}", param, ctx)


class Instant(click.ParamType[str]):
    """A time in RFC 3339 with a zone, or so long from now: `30m`, `12h`, `7d`, `4w`."""

    name = "7d|time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the time in RFC 3339. Fails with click.BadParameter."""
        try:
            return parse_moment(value, datetime.now(UTC)).isoformat().replace("+00:00", "Z")
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a duration such as 30m, 12h, 7d, 4w, nor a time in RFC 3339", param, ctx)


class Day(click.ParamType[str]):
    """A UTC day: `2026-03-01`, or `today`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the day. Fails with click.BadParameter."""
        if value == "today":
            return datetime.now(UTC).date().isoformat()
        if DAY.fullmatch(value) is None:
            self.fail(f"{value!r} is not a day such as 2026-03-01", param, ctx)
        return str(value)


class Numbers(click.ParamType[list[float]]):
    """So many numbers: `7.1,46.2,7.9,46.8`."""

    def __init__(self, count: int, name: str = "n,n,…") -> None:
        """`name`: what they are, as help and errors have it."""
        self._count, self.name = count, name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[float]:
        """Return the numbers. Fails with click.BadParameter."""
        try:
            numbers = [float(part) for part in value.strip("[]").split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != self._count:
            self.fail(f"{value!r} is not {self._count} numbers with commas between: {self.name}", param, ctx)
        return numbers


def merged(field: Field, given: tuple[Any, ...]) -> list[Any]:
    """Return a list of what an option was given several times; a JSON list counts as its entries."""
    values: list[Any] = []
    for value in given:
        values += value if isinstance(value, list) and field.kind in {Kind.OBJECT, Kind.ANY} else [value]
    return values


def nothing(field: Field) -> Any:
    """Return what takes a field's value away."""
    if field.is_nullable:
        return None
    return [] if field.is_list else False if field.kind is Kind.FLAG else ""


def _is_elsewhere(value: str) -> bool:
    return value == "-" or value.startswith("@")


def _content(kind: click.ParamType[Any], value: str, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
    if value == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as exc:
        kind.fail(f"{value[1:]}: {exc.strerror}", param, ctx)
