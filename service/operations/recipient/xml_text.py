"""Text into XML documents."""

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference."""


def text(value: object) -> str:
    """Return a value as the text of an element."""
    return escape(_ILLEGAL.sub("\ufffd", str(value)))


def attribute(value: object) -> str:
    """Return a value as that of an attribute, in quotes."""
    return quoteattr(_ILLEGAL.sub("\ufffd", str(value)))
