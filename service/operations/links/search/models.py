"""Request and response bodies of finding links."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from service.links.link import LinkStatus
from service.operations.core.fields import Cursor, Identifier, Limit
from service.operations.core.operation import Request, Response
from service.operations.links.models import LinkDetail


class LinkSort(StrEnum):
    """What links are sorted by."""

    CREATED_AT = "created_at"
    NAME = "name"
    EXPIRES_AT = "expires_at"
    LAST_ACCESSED_AT = "last_accessed_at"
    VIEW_COUNT = "view_count"
    RENDER_COUNT = "render_count"
    BYTE_COUNT = "byte_count"


class LinkFind(Request):
    """Without a project: among the links of all your projects."""

    query: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "",
        description="Words that are all in the link's name or id, in the name of what it shares, or in the address of "
        "somebody whom it is meant for",
    )
    project_id: Identifier | None = None
    status: LinkStatus | None = None
    sort: LinkSort = LinkSort.CREATED_AT
    descending: bool = True
    limit: Limit = 50
    cursor: Cursor = None


class LinkFound(LinkDetail):
    """A link with the name of what it points at."""

    target_name: str
    """Also of what was deleted."""


class LinksFound(Response):
    """Links, sorted."""

    links: tuple[LinkFound, ...]
    total: int
    """How many there are on all pages."""
    next_cursor: str | None
