"""An entry of a folder of a storage root, as it is listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.errors import NotFound

MAX_PATH = 1024
MAX_DEPTH = 64
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class EntryKind(StrEnum):
    """What an entry of a folder is. Whatever is neither, such as a symbolic link or a device, is not there."""

    DIRECTORY = "directory"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or a folder, as it was found."""

    name: str
    kind: EntryKind
    size: int = 0
    """Bytes of a file."""
    modified: datetime | None = None
    version: str = ""
    """Of a file: a text that changes when the file does."""

    @property
    def order(self) -> tuple[bool, str, str]:
        """By what a listing is sorted: folders first, then names, upper and lower case alike."""
        return self.kind is EntryKind.FILE, self.name.casefold(), self.name


Order = tuple[bool, str, str]


def no_such_file() -> NotFound:
    """Return the one error for what is not there and for what may not be seen."""
    return NotFound("file_not_found", "There is no such file or folder here.", field="path")


def is_visible(name: str) -> bool:
    """Whether recipients may see a name.

    Not what begins with a dot (`.git`, `.env`, our own drafts): nobody shares that on purpose. Not what is no text, or
    holds control characters or a backslash, which other systems would take for a folder.
    """
    return not name.startswith(".") and CONTROL.search(name) is None and "\\" not in name and _is_text(name)


def parts_of(path: str) -> tuple[str, ...]:
    """Return the names along a path, none for the folder itself. Raises NotFound for a path that leads elsewhere."""
    parts = tuple(path.split("/")) if path else ()
    if len(path) > MAX_PATH or len(parts) > MAX_DEPTH or not all(_is_name(part) for part in parts):
        raise no_such_file()
    return parts


def visible_parts(path: str) -> tuple[str, ...]:
    """Return the names along a path that a recipient gave. Raises NotFound where it is not theirs to see."""
    parts = parts_of(path)
    if not all(is_visible(part) for part in parts):
        raise no_such_file()
    return parts


def join(above: str, below: str) -> str:
    """Return the path of what lies below a folder; either may be empty."""
    return f"{above}/{below}" if above and below else above or below


def _is_name(part: str) -> bool:
    return part not in {"", ".", ".."} and "\0" not in part and _is_text(part)


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8: others cannot be written in JSON."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
