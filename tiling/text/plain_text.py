"""Text that others wrote, on one line: what it may not hold, so that it is shown as what it says."""

import re
from typing import Final

_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Control characters, what turns the direction of other text or breaks lines, what nobody can see."""
_MARKUP: Final = re.compile("[<>]")


def check_plain(text: str, what: str) -> str:
    """Return a text that holds neither markup nor what is invisible. Raises ValueError, beginning with `what`."""
    if _MARKUP.search(text):
        raise ValueError(f"{what} must be plain text, without < and >")
    if _INVISIBLE.search(text):
        raise ValueError(f"{what} must be on one line, without control characters and marks of writing direction")
    return text


def cleaned(text: str, longest: int) -> str:
    """Return what is visible of a text out of a file, on one line, at most so many characters."""
    visible = _INVISIBLE.sub(" ", _MARKUP.sub(" ", text[: longest * 8]))
    return " ".join(visible.split())[:longest]
