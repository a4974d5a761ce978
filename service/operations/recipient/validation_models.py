"""What a recipient sends to open a link, and gets for it."""

from __future__ import annotations

from pydantic import Field

from service.links.link import Permission, TargetType
from service.operations.core.fields import Instant, Token
from service.operations.core.operation import Request, Response
from service.operations.files.drop_models import DropLimits
from tiling.models import Profile


class LinkValidate(Request):
    """A link's token, and its password unless a header carries it or a key."""

    token: Token
    password: str | None = Field(None, max_length=1000)


class Target(Response):
    """What a link shares, as a recipient sees it."""

    name: str
    description: str
    kind: str
    minzoom: int | None
    maxzoom: int | None
    center: tuple[float, float, int] | None


class SharedTarget(Target):
    """One of the things that a link shares: `item` picks it by its id."""

    id: str
    type: TargetType
    bounds: tuple[float, float, float, float] | None
    profiles: tuple[Profile, ...]
    urls: dict[str, str]


class LinkValidated(Response):
    """What a recipient gets for the password: the target, and a key that tile URLs carry in its place."""

    permission: Permission
    target_type: TargetType
    target: Target
    targets: tuple[SharedTarget, ...] = Field(description="All that is shared, the target first")
    name: str
    description: str
    expires_at: Instant | None
    bounds: tuple[float, float, float, float] | None
    """Around all that is shared."""
    profiles: tuple[Profile, ...]
    tile_matrix_sets: tuple[str, ...]
    """The grids that tiles are had in: `/s/{token}/tiles/{tileMatrixSetId}/{z}/{x}/{y}.png`."""
    view_count: int
    remaining_views: int | None
    key: str
    key_expires_at: Instant
    urls: dict[str, str]
    drop: DropLimits | None = Field(
        None, exclude_if=lambda drop: drop is None, description="What a link takes that shows nothing"
    )
