"""Request and response bodies of the operations on named keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from service.links.named_keys import KeyStatus
from service.operations.core.fields import Cursor, Identifier, Instant, Limit
from service.operations.core.operation import Request, Response
from service.operations.links.models import Origins

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Lifetime = Annotated[int, Field(ge=60, le=86400 * 366 * 100, description="Seconds; the key ends with its link at last")]


class KeyCreate(Request):
    """For whom the key is, and how long it opens. Without a lifetime and an end: as long as the link, or a year."""

    link_id: Identifier
    label: Label = Field(description="Who or what it is for, e.g. a recipient or a QGIS desk")
    lifetime: Lifetime | None = None
    expires_at: Instant | None = Field(None, description="Instead of lifetime; not after the link's own end")
    allowed_origins: Origins = Field((), description="Web origins that may use the key, of those that the link allows")


class KeyList(Request):
    """Name a link."""

    link_id: Identifier
    limit: Limit = 50
    cursor: Cursor = None


class KeyRef(Request):
    """Name a key by its id, which is no secret."""

    key_id: Identifier


class KeyOutput(Response):
    """A named key, without its text."""

    id: str
    link_id: str
    label: str
    recipient: str | None = Field(description="Whose confirmed address it was given to, by a code or a sign-in")
    status: KeyStatus
    allowed_origins: tuple[str, ...]
    created_by: str
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    last_used_at: Instant | None
    """Some seconds late."""


class KeyCreated(KeyOutput):
    """A new key with its text, which is returned only this once."""

    key: str
    url: str
    """The page."""
    tilejson_url: str
    """With the key in it: all that a map needs, and its tile URLs carry the same key."""
    embed_url: str | None
    """A bare page for frames in pages of the key's origins; none for a key that is not bound to any."""
    embed_html: str | None
    """The frame to copy into such a page."""


class KeyPage(Response):
    """Keys, oldest first."""

    keys: tuple[KeyOutput, ...]
    next_cursor: str | None


class KeyRevoked(Response):
    """When the key ended: nothing is served by it from then on, on any server."""

    id: str
    ok: bool
    effective_at: Instant
    already_revoked: bool
