"""JSON as all parsers read it alike: no key twice, no number that is none elsewhere, no endless depth."""

import json
import re
from typing import Any, Final

from tiling.errors import ContentRefused

LONGEST_NUMBER: Final = 40
"""Characters of an integer; half of them are beyond what any client counts to."""
LARGEST_NUMBER: Final = 1e300

_ODD_NUMBER: Final = re.compile(rb"[0-9]{41}|[eE][+-]?[0-9]{3}")
"""Where there may be a number to look at: to look at each takes four times as long as to read them."""
_LONGEST_KEY: Final = 60
"""Of a key in a message."""


def parse_strictly(data: bytes) -> Any:
    """Return what a text in UTF-8 says. Blocks. Raises ContentRefused with the reason."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ContentRefused("it is not a text in UTF-8") from exc
    odd = _ODD_NUMBER.search(data) is not None
    numbers: dict[str, Any] = {"parse_int": _integer, "parse_float": _number} if odd else {}
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, **numbers)
    except RecursionError as exc:
        raise ContentRefused("it is nested too deeply") from exc
    except json.JSONDecodeError as exc:
        raise ContentRefused(f"it is not JSON: line {exc.lineno}, column {exc.colno}") from exc


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ContentRefused(f"an object of it has the key {_shown(twice)} twice")
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ContentRefused(f"it has a number of {len(text)} digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
        raise ContentRefused("it has a number that is too large")
    return number


def _constant(text: str) -> float:
    raise ContentRefused(f"it has {text}, which JSON does not know")


def _shown(name: str) -> str:
    return json.dumps(name if len(name) <= _LONGEST_KEY else f"{name[:_LONGEST_KEY]}…")
