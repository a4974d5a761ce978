"""Headers as the lines of a head, as which tiles have them: a dictionary of them takes microseconds to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

END = "\r\n"


def lines_of(headers: Mapping[str, str]) -> str:
    """Return headers as lines, each with its end."""
    return "".join(f"{name}: {value}{END}" for name, value in headers.items())


def headers_of(lines: str) -> dict[str, str]:
    """Return the headers that lines say."""
    headers = dict[str, str]()
    for line in lines.split(END)[:-1]:
        name, _, value = line.partition(": ")
        headers[name] = value
    return headers
