"""Request and response bodies of the operations on files."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, Field

from service.catalogue.storage.entry import MAX_PATH, EntryKind
from service.operations.admission.recipient_models import Opened
from service.operations.core.fields import Instant
from service.operations.core.operation import Response

MAX_LIMIT = 1000
FilePath = Annotated[str, Field(max_length=MAX_PATH, description="With slashes; empty for all that is shared")]
Offset = Annotated[
    int, Field(ge=0, le=2**60, description="Go on here with what broke off; give the ETag too, or parts may not fit")
]
Version = Annotated[
    str | None, Field(max_length=100, description="ETag of the version that is wanted; of another one: 412")
]


class FileList(Opened):
    """A folder of what the link shares."""

    path: FilePath = ""
    limit: int = Field(200, ge=1, le=MAX_LIMIT, description="How many at most")
    cursor: Annotated[str | None, Field(max_length=1000, description="`next_cursor` of the page before")] = None


class FileStat(Opened):
    """A file or a folder."""

    path: FilePath = ""


class FileDownload(Opened):
    """Which file. A link to a single file needs no path."""

    path: FilePath = ""
    offset: Offset = 0
    etag: Version = None


class FileArchive(Opened):
    """What goes into the ZIP; without paths: all that the link shares."""

    paths: tuple[FilePath, ...] = Field((), max_length=1000)
    offset: Offset = 0
    etag: Version = None


class FileUpload(Opened):
    """A small file in Base64; without content: begin an upload that is sent in parts and can be resumed."""

    path: Annotated[str, Field(min_length=1, max_length=MAX_PATH, description="With slashes; folders are made")]
    content: Base64Bytes | None = Field(None, description="Base64; what is larger than 250 kB is sent in parts")
    overwrite: bool = Field(False, description="Whether a file of this name may be replaced; else: 412")


class FileEntry(Response):
    """A file or a folder. Size and ETag are a file's; some stores report no time of change."""

    name: str
    path: str
    kind: EntryKind
    size: int | None
    """Bytes."""
    modified: Instant | None
    etag: str | None
    media_type: str | None


class FileUploaded(Response):
    """The file, or where its parts are to be sent to.

    Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
    application/partial-upload; HEAD returns the offset.
    """

    file: FileEntry | None
    created: bool
    """Whether there was no file of this name before."""
    upload_url: str | None
    max_bytes: int
    """Of a file."""


class FilePage(Response):
    """Folders first, then by name."""

    path: str
    entries: tuple[FileEntry, ...]
    can_upload: bool
    """Whether files can be put into this folder by this link."""
    next_cursor: str | None
