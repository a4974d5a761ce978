"""Request and response bodies of the operations on storage roots."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.operations.core.fields import Identifier, Instant
from service.operations.core.operation import Request, Response

Root = Annotated[str, Field(min_length=1, max_length=100)]


class RootGrantCreate(Request):
    """Name the organization or the project that may register the files of a folder."""

    root: Root = Field(description="Name of a storage root; * for all, also those that are configured later")
    prefix: str = Field(
        "", max_length=1024, description='A folder below the root: "a/b" holds a/b and what lies in it; empty: the root'
    )
    organization_id: Identifier | None = Field(None, description="All its projects, also later ones")
    project_id: Identifier | None = Field(None, description="In place of organization_id: this project alone")


class RootGrantOutput(Response):
    """The right to register what lies in a folder of a storage root."""

    id: str
    root: str
    prefix: str
    organization_id: str
    project_id: str | None
    """None: all projects of the organization."""
    created_at: Instant


class RootGrantPage(Response):
    """Grants, oldest first."""

    grants: tuple[RootGrantOutput, ...]
    roots: tuple[str, ...] = Field(description="Names of the storage roots that are configured; for the operator only")


class RootGrantRevoke(Request):
    """Name a grant."""

    grant_id: Identifier
    force: bool = Field(False, description="Also where items need it: they are deleted, and their links answer 410")


class RootGrantRevoked(Response):
    """The grant has ended."""

    id: str
    ok: bool
    deleted_items: int
    """Items that no other grant covers."""
