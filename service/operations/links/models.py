"""Request and response bodies of the operations on links."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from service.links.area import Area, geojson_of, parse_area
from service.links.file_types import FileType
from service.links.link import LinkStatus, OpenWith, Permission, TargetRef, TargetType, is_origin
from service.operations.core.fields import Count, Cursor, Description, Identifier, Instant, Limit, Name, Zoom
from service.operations.core.operation import Request, Response
from service.operations.links.cost_models import LinkCost


def _origin(value: str) -> str:
    if not is_origin(value.lower()):
        raise ValueError("must be a web origin without a path, such as https://maps.example.org")
    return value.lower()


def _area(value: object) -> object:
    """Return polygons out of GeoJSON; what is a link's own already stays."""
    return value if isinstance(value, tuple) else parse_area(value)


def _address(value: object) -> object:
    """Refuse what pydantic would take for an address with something around it: a line break ends a header."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("must be an e-mail address without line breaks and control characters")
    return value


Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...],
    Field(max_length=50, description="Web origins that may use the link; empty for all"),
]
ProfileIds = Annotated[
    tuple[Identifier, ...], Field(max_length=50, description="Profiles that recipients may use; empty for all")
]
Password = Annotated[
    Annotated[str, Field(max_length=1000)] | None,
    Field(description="8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it"),
]
Hours = Annotated[float, Field(gt=0, le=24 * 366 * 100, description="Instead of expires_at")]
GeoJSONGeometry = Annotated[
    Area,
    BeforeValidator(_area),
    PlainSerializer(geojson_of, return_type=dict),
    WithJsonSchema({"type": "object", "title": "GeoJSON Polygon or MultiPolygon"}),
]
GeoJSONArea = Annotated[
    GeoJSONGeometry,
    Field(description="GeoJSON Polygon or MultiPolygon, degrees; nothing outside it is shared"),
]
Targets = Annotated[
    tuple[TargetRef, ...], Field(max_length=100, description="What the link shares beside its target: a bundle")
]
Watermark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(
        description="A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand "
        "for who looks and when; {{ and }} are braces"
    ),
]
Email = Annotated[EmailStr, BeforeValidator(_address), AfterValidator(str.lower), Field(max_length=320)]
Recipients = Annotated[
    tuple[Email, ...],
    AfterValidator(lambda emails: tuple(dict.fromkeys(emails))),
    Field(max_length=1000, description="E-mail addresses of those whom the link is meant for"),
]
CUSTOM_RENDER = "Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap"
TileMatrixSetIds = Annotated[
    tuple[Identifier, ...],
    Field(
        max_length=20,
        description="Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that "
        "suits the raster, such as a polar one",
    ),
]
DropTypes = Annotated[
    tuple[FileType, ...],
    AfterValidator(lambda types: tuple(dict.fromkeys(types))),
    Field(max_length=50, description="Of a link of permission drop: which files, by name and content; empty for all"),
]
ExpiresAt = Annotated[Instant, Field(description="RFC 3339, with a zone")]


class LinkRef(Request):
    """Name a link."""

    link_id: Identifier


class LinkFields(Request):
    """What a sharer says of a link, when it is made and later: all that is asked for, changed and shown is derived.

    A field is said here and in `service.links.link.Link`, under one name; its column is in `service.database.tables`.
    """

    permission: Permission = Permission.VIEW
    password: Password
    expires_at: ExpiresAt | None = None
    expires_in_hours: Hours | None = None
    name: Name | None = Field(None, description="Default: the target's name")
    description: Description = ""
    profiles: ProfileIds = ()
    starts_at: Instant | None = Field(None, description="The link answers 410 before")
    max_views: Count | None = Field(None, description="How often the password may be given")
    max_renders: Count | None = Field(None, description="How many tiles and previews may be rendered")
    max_bytes: Count | None = Field(None, description="How many bytes of images and files may be sent")
    allowed_origins: Origins = ()
    min_zoom: Zoom | None = None
    max_zoom: Zoom | None = None
    area: GeoJSONArea | None = None
    watermark: Watermark | None = None
    custom_render: bool = Field(False, description=CUSTOM_RENDER)
    tile_matrix_sets: TileMatrixSetIds | None = None
    open_with: OpenWith = Field(
        OpenWith.PASSWORD,
        description="code: recipients open it by a code that is sent to their address, and password is null; either: "
        "by that or by the password",
    )
    notices: bool = Field(True, description="Send its maker an e-mail when it is opened, near a limit, and so on")
    public_name: bool = Field(False, description="Say its name to who has but the address: in social cards and oEmbed")
    drop_file_bytes: Count | None = Field(None, description="Of a link of permission drop: how large a file may be")
    drop_total_bytes: Count | None = Field(None, description="Of a link of permission drop: how much in all")
    drop_types: DropTypes = ()


class LinkTerms(LinkFields):
    """How a link may be used."""

    notify: bool = Field(False, description="Send the recipients an e-mail with the address, without the password")
    dry_run: bool = Field(False, description="Check everything, make nothing; say what the link could cost")


class LinkTargets(Request):
    """What is shared, with whom."""

    target_type: TargetType
    target_id: Identifier
    targets: Targets = ()
    recipients: Recipients = ()


class LinkCreate(LinkTerms, LinkTargets):
    """What is shared, the password, when it ends, and limits. A field that is not known is refused, never ignored."""


class LinkUpdate(LinkFields, LinkRef):
    """What is left out stays as it is; null takes a limit away."""

    password: Password = ""
    name: Name = ""
    targets: Targets = ()
    recipients: Recipients = ()


class LinkRevoke(Request):
    """A reason is kept with the link."""

    link_id: Identifier
    reason: Annotated[str, Field(max_length=1000)] | None = None


class LinkList(Request):
    """Without a target and a project: the links of all your projects."""

    target_id: Identifier | None = Field(None, description="Links that share it, alone or in a bundle")
    project_id: Identifier | None = None
    recipient: Email | None = Field(None, description="Links that are meant for this address")
    status: LinkStatus | None = None
    limit: Limit = 50
    cursor: Cursor = None


class LinkOutput(Response):
    """A link as its sharer sees it."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    target_id: str
    permission: Permission
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    expires_at: Instant | None
    created_at: Instant
    revoked_at: Instant | None
    access_count: int
    """Renders and downloads so far."""
    last_accessed_at: Instant | None
    created_by: str
    remaining_views: int | None
    """None for no limit."""
    warnings: tuple[str, ...]
    cost: LinkCost | None = Field(
        None,
        exclude_if=lambda cost: cost is None,
        description="What looking at all of it could cost; of a dry run alone",
    )


class LinkDetail(LinkOutput):
    """A link with its limits and what was used of them."""

    description: str
    has_password: bool
    profiles: tuple[str, ...]
    starts_at: Instant | None
    max_views: int | None
    max_renders: int | None
    max_bytes: int | None
    allowed_origins: tuple[str, ...]
    min_zoom: int | None
    max_zoom: int | None
    targets: tuple[TargetRef, ...]
    area: GeoJSONArea | None
    watermark: str | None
    custom_render: bool
    tile_matrix_sets: tuple[str, ...]
    recipients: tuple[str, ...]
    open_with: OpenWith
    notices: bool
    public_name: bool
    drop_file_bytes: int | None
    drop_total_bytes: int | None
    drop_types: tuple[FileType, ...]
    view_count: int
    render_count: int
    byte_count: int
    revoke_reason: str | None


class LinkPage(Response):
    """Links, oldest first."""

    links: tuple[LinkDetail, ...]
    next_cursor: str | None


class LinkRevoked(Response):
    """When the link ended: nothing is served by it from then on, on any server."""

    id: str
    ok: bool
    effective_at: Instant
    already_revoked: bool
