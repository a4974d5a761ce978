"""Request and response bodies of dropping files by a link that shows nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, Field

from service.links.file_types import FileType
from service.operations.admission.recipient_models import KeyText
from service.operations.core.fields import Token
from service.operations.core.operation import Request, Response

MAX_NAME_BYTES = 200
FileName = Annotated[str, Field(min_length=1, max_length=MAX_NAME_BYTES, description="Of the file, without a folder")]


class FileDrop(Request):
    """A small file in Base64; or the size of one that is sent in parts, and can be resumed."""

    token: Token
    password: str | None = Field(None, max_length=1000)
    key: KeyText | None = None
    name: FileName
    content: Base64Bytes | None = Field(None, description="Base64; what is larger than 250 kB is sent in parts")
    size: int | None = Field(None, ge=0, le=2**60, description="Bytes of the whole file, to begin an upload in parts")


class FileDropped(Response):
    """The file has come, or where its parts are to be sent to. The same whatever lies there already."""

    name: str
    """As it was sent. Where it is taken, the file is kept under another one."""
    size: int
    upload_url: str | None
    max_bytes: int
    """Of a file."""


class DropLimits(Response):
    """What a link takes."""

    max_bytes: int
    """Of a file."""
    types: tuple[FileType, ...]
    """Empty for all."""
    endings: tuple[str, ...]
    """Of names, by the types; empty for all."""
    url: str
    """Put files here: PUT {url}/{name}."""
