"""Request and response bodies of uploads into storage roots."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.operations.core.fields import Identifier
from service.operations.core.operation import Request, Response


class RootFolders(Request):
    """Without a project: those of all your projects."""

    project_id: Identifier | None = None


class RootFolder(Response):
    """A folder of a storage root whose files a project may register."""

    project_id: str
    project_name: str
    root: str
    prefix: str
    """Below the root; empty for the whole root."""


class RootFolderPage(Response):
    """All that was granted to the projects or their organization."""

    folders: tuple[RootFolder, ...]


class RootUpload(Request):
    """Where the file goes: to a path that the project may register. It must be a new one."""

    project_id: Identifier
    root: Annotated[str, Field(min_length=1, max_length=100)]
    path: Annotated[str, Field(min_length=1, max_length=1024, description="With slashes; folders are made")]


class RootUploadBegun(Response):
    """Where its parts are sent to.

    Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
    application/partial-upload; HEAD returns the offset. After the last one `item.create` registers the file.
    """

    upload_url: str
    max_bytes: int
    """Of a file."""
