"""Texts that a list gives for its next page, and what they hold: the one place where they are read."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""NUL is no text to PostgreSQL, and a lone surrogate to nobody."""


def cursor_text(*values: str | int) -> str:
    """Return values as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode("ascii")


def cursor_values(text: str, *kinds: type) -> list[Any]:
    """Return what a cursor holds: one value of each kind. Raises ValueError where it holds anything else.

    Texts are such that a database takes them; whole numbers have 64 bits.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except RecursionError as exc:
        raise ValueError("no cursor") from exc
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise ValueError("no cursor")
    if any(isinstance(value, str) and NO_TEXT.search(value) for value in values):
        raise ValueError("no text")
    if any(type(value) is int and not -(2**63) <= value < 2**63 for value in values):
        raise ValueError("no number")
    return values
