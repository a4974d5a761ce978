"""Tables that say what the values of a raster stand for: which column holds values, which one names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tiling.text.labels import LARGEST, MAX_LABEL, MAX_LABELS
from tiling.text.plain_text import cleaned

MOST_ROWS: Final = 65_536
_NAMES: Final = re.compile(r"(class|land.?cover|category|label|name|descr)", re.IGNORECASE)
_VALUES: Final = {"value", "val", "code", "id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table, as it describes itself."""

    title: str
    is_text: bool = False
    has_names: bool = False
    """Whether it is said to hold names, whatever it is called."""
    has_values: bool = False
    """Whether it is said to hold values."""


def names_of_rows(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[tuple[int, str]]:
    """Return the names of values, at most 512, in the order of the rows. Without a column of values they are counted.

    What is no whole number or has no name that can be shown is left out, and so are rows that are too short.
    """
    value, name = _value_column(columns), _name_column(columns)
    if name is None:
        return []
    found: list[tuple[int, str]] = []
    for number, cells in enumerate(rows):
        if name >= len(cells) or (value is not None and value >= len(cells)):
            continue
        at, shown = number if value is None else integer(cells[value]), shown_name(cells[name])
        if at is not None and shown:
            found.append((at, shown))
        if len(found) == MAX_LABELS:
            break
    return found


def integer(text: str) -> int | None:
    """Return a whole number that a raster can hold; None for anything else."""
    try:
        number = float(text[:40])
    except ValueError:
        return None
    return int(number) if abs(number) <= LARGEST and number == int(number) else None


def shown_name(text: str) -> str:
    """Return a name as it can be shown on one line."""
    return cleaned(text[: MAX_LABEL * 8], MAX_LABEL)


def _value_column(columns: Sequence[Column]) -> int | None:
    for number, column in enumerate(columns):
        if column.has_values or column.title.strip().lower() in _VALUES:
            return number
    return None


def _name_column(columns: Sequence[Column]) -> int | None:
    """Return the column of names: by what it says, or else the first text that is called like one."""
    texts = [number for number, column in enumerate(columns) if column.is_text]
    said = (number for number, column in enumerate(columns) if column.has_names)
    called = (number for number in texts if _NAMES.search(columns[number].title))
    return next(said, next(called, next(iter(texts), None)))
