"""Answers as a person reads them: names and values, and tables."""

from __future__ import annotations

import math
import re
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIRST_COLUMNS = (
    "id", "name", "label", "path", "day", "time", "kind", "target_type", "status", "code", "permission", "role",
    "email", "recipient", "size", "expires_at", "modified", "renders", "bytes", "downloads", "views", "created_at",
)  # fmt: skip
"""Those of a table that is too wide for the terminal are shown in this order, as many as fit."""
SIZES = frozenset({"bytes", "size", "byte_count", "max_bytes", "total_bytes"})
WHOLE_IN_TABLES = ("id", "_id", "token", "url")
CELL = 40
FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d+(?=Z$)")
"""Of a second: no person needs it."""
GAP = "  "
NOT_SHOWN = frozenset({"next_cursor"})
UNITS = ("kB", "MB", "GB", "TB", "PB")


def shown(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of an answer."""
    fields = {name: value for name, value in answer.items() if name not in NOT_SHOWN}
    plain = {name: value for name, value in fields.items() if not _is_table(value) and value not in (None, "", [], {})}
    yield from _pairs(plain)
    for name, rows in fields.items():
        if _is_table(rows):
            yield from ["", f"{name}:"] if plain else []
            yield from table(rows)
    if not plain and not any(_is_table(value) for value in fields.values()):
        yield "Nothing."


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a heading and a line a row, as wide as the terminal at most."""
    names = _columns(rows)
    cells = {name: [_cell(name, row.get(name)) for row in rows] for name in names}
    widths = {name: max(len(name), *map(len, cells[name])) for name in names}
    fitting = _fitting(names, widths)
    yield GAP.join(name.ljust(widths[name]) for name in fitting).rstrip()
    for index in range(len(rows)):
        yield GAP.join(_aligned(cells[name][index], widths[name], rows[index].get(name)) for name in fitting).rstrip()


def human_size(count: float) -> str:
    """Return a number of bytes as a person says it: 1.2 MB."""
    if count < 1000:  # noqa: PLR2004
        return f"{count} B"
    power = min(int(math.log(count / 0.99995, 1000)), len(UNITS))
    return f"{count / 1000**power:.1f} {UNITS[power - 1]}"


def _pairs(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    width = max((len(name) for name, value in values.items() if not isinstance(value, dict)), default=0)
    for name, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _pairs({key: inner for key, inner in value.items() if inner not in (None, "", [])}, indent + GAP)
            continue
        first, *rest = _text(name, value).splitlines() or [""]
        yield f"{indent}{name.ljust(width)}{GAP}{first}".rstrip()
        yield from (f"{indent}{' ' * width}{GAP}{line}".rstrip() for line in rest)


def _text(name: str, value: Any) -> str:
    if name in SIZES and isinstance(value, int) and value >= 1000:  # noqa: PLR2004
        return f"{human_size(value)} ({value:,} bytes)"
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}" if abs(value) >= 1e6 else str(round(value, 6))  # noqa: PLR2004
        case list():
            return ", ".join(map(_plain, value))
        case dict():
            return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items() if inner is not None)
    return FRACTION.sub("", str(value))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that say something, the most useful first."""
    names = [name for name in rows[0] if any(_is_useful(row.get(name)) for row in rows)]
    order = {name: rank for rank, name in enumerate(FIRST_COLUMNS)}
    return sorted(names, key=lambda name: order.get(name, len(order)))


def _is_useful(value: Any) -> bool:
    return value not in (None, "", [], {}) and not isinstance(value, list | dict)


def _cell(name: str, value: Any) -> str:
    if name in SIZES and isinstance(value, int):
        return human_size(value)
    text = " ".join(_plain(value).split())
    return text if len(text) <= CELL or name.endswith(WHOLE_IN_TABLES) else text[: CELL - 1] + "…"


def _fitting(names: Sequence[str], widths: Mapping[str, int]) -> list[str]:
    """Return the columns that fit into a line; the first one always does."""
    left, fitting = shutil.get_terminal_size((140, 24)).columns, list[str]()
    for name in names:
        left -= widths[name] + (len(GAP) if fitting else 0)
        if left < 0 and fitting:
            break
        fitting.append(name)
    return fitting


def _aligned(cell: str, width: int, value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return cell.rjust(width) if is_number else cell.ljust(width)
