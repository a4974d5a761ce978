"""`tilegate settings`."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import click
from pydantic_core import to_jsonable_python

from service.cli.options import data_option, json_option, load_settings
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ("Variable", "Value", "Default", "Meaning")
VALUE_WIDTH = 26
LEAST_WIDTH = 30
GAP = 2

URL_PASSWORD = re.compile(r"(?<=://)([^/@\s]*?):[^/\s]*@")
QUERY_PASSWORD = re.compile(r"([?&](?:password|secret|token|key)=)[^&]*", re.IGNORECASE)


class Row(NamedTuple):
    """A setting, as it is shown."""

    variable: str
    value: object
    default: object
    meaning: str


@click.command()
@data_option
@json_option
def settings(data_dir: Path | None, *, as_json: bool) -> None:
    """List every setting: its environment variable, its value now, its default and what it means.

    Passwords inside URLs are masked.
    """
    rows = setting_rows(load_settings(data_dir=data_dir))
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    for line in _table(
        [HEADINGS, *((row.variable, _text(row.value), _text(row.default), row.meaning) for row in rows)]
    ):
        click.echo(line)


def setting_rows(current: Settings) -> list[Row]:
    """Return a row per setting, in JSON types, with secrets masked."""
    values = current.model_dump(mode="json")
    prefix = Settings.model_config.get("env_prefix", "")
    return [
        Row(
            variable=prefix + name.upper(),
            value=masked(values[name]),
            default=masked(to_jsonable_python(field.get_default(call_default_factory=True))),
            meaning=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def masked(value: object) -> object:
    """Return the value without the passwords that URLs in it carry."""
    if isinstance(value, str):
        return QUERY_PASSWORD.sub(r"\1***", URL_PASSWORD.sub(r"\1:***@", value))
    if isinstance(value, dict):
        return {name: masked(inner) for name, inner in value.items()}
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    variable_width = max(len(row[0]) for row in rows)
    left = shutil.get_terminal_size((140, 24)).columns - variable_width - 2 * VALUE_WIDTH - 3 * GAP
    widths = (variable_width, VALUE_WIDTH, VALUE_WIDTH, max(left, LEAST_WIDTH))
    lines = []
    for row in rows:
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (part.ljust(width + GAP) for part, width in zip(parts, widths, strict=True))
            lines.append("".join(padded).rstrip())
    return lines
