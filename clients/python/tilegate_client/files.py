"""Files of any size, to and from the disk: what is on its way, without the wire."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from tilegate_client.errors import Conflict, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response

PART_SIZE = 8 * 2**20  # bytes of a file that go up at a time
PARTIAL = 206
RANGE_NOT_SATISFIABLE = 416
DOWNLOAD = "share.file.download"
UPLOAD = "share.file.upload"
DROP = "share.file.drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """Which file of which link, and what opens it."""

    token: str
    path: str
    password: str | None = None
    key: str | None = None
    item: str | None = None
    room: str = "files"
    """Below which address of the link it lies."""

    def body(self) -> dict[str, Any]:
        """Return the fields of an operation."""
        return {"token": self.token, "path": self.path} | self._opening()

    def announced(self, source: Path) -> dict[str, Any]:
        """Return the fields that begin to drop a file of the disk. Blocks."""
        return {"token": self.token, "name": self.path, "size": source.stat().st_size} | self._opening()

    def _opening(self) -> dict[str, str]:
        given = {"password": self.password, "key": self.key, "item": self.item}
        return {name: text for name, text in given.items() if text}

    def headers(self) -> dict[str, str]:
        """Return what opens it where there is no body to say so."""
        if self.password is not None:
            return {"Authorization": f"Basic {base64.b64encode(f':{self.password}'.encode()).decode()}"}
        return {} if self.key is None else {"X-Share-Key": self.key}


@dataclass(frozen=True, slots=True)
class Download:
    """A file that comes: in `NAME.part` until it is whole, its version in `NAME.part.etag`. So a later run goes on."""

    to: Path

    @property
    def part(self) -> Path:
        """What has come."""
        return self.to.with_name(f"{self.to.name}.part")

    @property
    def _etag(self) -> Path:
        return self.to.with_name(f"{self.to.name}.part.etag")

    def missing(self) -> dict[str, Any]:
        """Return the fields that ask for what has not come."""
        if not self.part.exists() or not self._etag.exists():
            return {}
        size = self.progress()
        return {"offset": size, "etag": self._etag.read_text()} if size else {}

    def progress(self) -> int:
        """Return how many bytes have come."""
        return self.part.stat().st_size if self.part.exists() else 0

    def mode(self, response: Response) -> str:
        """Return how to open `part` for an answer that has begun, and keep its version."""
        self._etag.write_text(response.headers.get("ETag", ""))
        return "ab" if response.status_code == PARTIAL else "wb"

    def has_to_start_again(self, error: Exception) -> bool:
        """Forget what has come where there is another version now; return whether that is so."""
        is_other = isinstance(error, Conflict) or getattr(error, "status", None) == RANGE_NOT_SATISFIABLE
        if is_other and isinstance(error, Problem) and self.missing():
            self.part.unlink()
            return True
        return False

    def finish(self) -> Path:
        """Give the file its name."""
        self.part.replace(self.to)
        self._etag.unlink(missing_ok=True)
        return self.to


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file that goes, part by part."""

    url: str
    source: Path
    size: int
    offset: int = 0
    is_interrupted: bool = False
    """Whether it has to be asked how much has come."""
    stored: Any = None
    """What the service said of the file when all of it was there."""

    @classmethod
    def begun(cls, base: str, file: SharedFile, source: Path, upload_url: str) -> Upload:
        """Return an upload that the service has begun. It is asked where we asked it, whatever it calls itself."""
        identifier = parse_qs(urlsplit(upload_url).query)["upload"][0]
        url = f"{base}/s/{quote(file.token)}/{file.room}/{quote(file.path)}?upload={quote(identifier)}"
        return cls(url=url, source=source, size=source.stat().st_size)

    @property
    def is_whole(self) -> bool:
        """Whether it is stored."""
        return self.stored is not None

    def progress(self) -> int:
        """Return how many bytes have gone."""
        return self.offset

    def headers(self, *, overwrite: bool) -> dict[str, str]:
        """Return the headers of the next part."""
        told = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(self.offset),
            "Upload-Complete": "?1" if self.offset + PART_SIZE >= self.size else "?0",
        }
        return told | ({"Overwrite": "T"} if overwrite else {"If-None-Match": "*"})

    def content(self) -> bytes:
        """Return the next part. Blocks as long as the disk takes."""
        with self.source.open("rb") as file:
            file.seek(self.offset)
            return file.read(min(PART_SIZE, self.size - self.offset))

    def sent(self, response: Response) -> None:
        """Note what a part was answered with."""
        if response.headers.get("Upload-Complete") == "?1":
            self.stored = response.json()
        else:
            self.found(response)

    def found(self, response: Response) -> None:
        """Note how much has come."""
        self.offset = int(response.headers["Upload-Offset"])
