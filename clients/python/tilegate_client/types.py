"""What operations take and answer. Written by `python -m clients.generate`: change the service instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict


class AccessAsked(TypedDict):
    """Always the same, whoever asks: it reveals nothing of the link, nor of whom it is meant for."""

    ok: NotRequired[Literal[True]]
    detail: str


AccessKind = Literal["access", "more_time", "download", "write"]
"""What is asked for."""


class AccessOutput(TypedDict):
    """What somebody asked for, and what became of it."""

    id: str
    link_id: str
    project_id: str
    kind: AccessKind
    """One of access, more_time, download, write"""
    email: str
    is_confirmed: bool
    name: str
    message: str
    hours: float | None
    status: AccessStatus
    """One of open, granted, denied"""
    created_at: str
    resolved_at: str | None
    resolved_by: str | None
    answer: str | None


class AccessPage(TypedDict):
    """Access requests, oldest first."""

    requests: list[AccessOutput]
    next_cursor: str | None


class AccessResolved(TypedDict):
    """What was answered, and the link that it was granted by."""

    request: AccessOutput
    link: LinkDetail | None
    mailed: bool


AccessStatus = Literal["open", "granted", "denied"]
"""What became of it."""

ActorType = Literal["user", "signed_in", "recipient", "command", "service"]
"""What kind of somebody changes things."""


class ApiKeyCreated(TypedDict):
    """A new API key. Its text is shown this once."""

    id: str
    user_id: str
    email: str
    label: str
    scopes: list[Scope]
    """One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator"""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    api_key: str


class ApiKeyOutput(TypedDict):
    """An API key, without its text."""

    id: str
    user_id: str
    email: str
    label: str
    scopes: list[Scope]
    """One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator"""
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class ApiKeyPage(TypedDict):
    """The API keys of your organization, oldest first."""

    api_keys: list[ApiKeyOutput]


class AuditPage(TypedDict):
    """Rows of the log, newest first."""

    organization_id: str
    rows: list[AuditRow]
    next_cursor: str | None


class AuditRow(TypedDict):
    """What was done to one thing by one call."""

    id: str
    at: str
    operation: str
    actor_type: ActorType
    """One of user, signed_in, recipient, command, service"""
    actor_id: str
    actor_email: str | None
    api_key_id: str | None
    client: str
    target_type: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class BandDescription(TypedDict):
    """One band of a raster, as its file tells it."""

    index: int
    dtype: str
    description: str
    colorinterp: str
    nodata: float | None


class BandStatistics(TypedDict):
    """What the values of a band are like; null, or empty, where there are none."""

    name: str
    band: int | None
    description: str
    unit: str
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    count: int
    valid_percent: float
    percentiles: dict[str, float]
    histogram: Histogram
    classes: NotRequired[list[ClassCount] | None]


class BatchLink(TypedDict):
    """A link that was made."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    permission: Permission
    """One of view, download, write"""
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    """One of scheduled, active, suspended, expired, revoked"""
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    access_count: int
    last_accessed_at: str | None
    created_by: str
    remaining_views: int | None
    warnings: list[str]
    cost: NotRequired[LinkCost | None]
    """What looking at all of it could cost; of a dry run alone"""
    targets: list[TargetRef]
    recipients: list[str]
    password: str | None


BatchMode = Literal["link_per_pair", "bundle_per_recipient"]
"""How targets and recipients become links."""


class BatchRecipient(TypedDict):
    """How it went for a recipient."""

    status: Outcome
    """One of success, error"""
    code: NotRequired[str | None]
    detail: NotRequired[str | None]
    field: NotRequired[str | None]
    recipient: str
    link_ids: list[str]


class BatchRevoked(TypedDict):
    """How it went for a link."""

    status: Outcome
    """One of success, error"""
    code: NotRequired[str | None]
    detail: NotRequired[str | None]
    field: NotRequired[str | None]
    id: str
    already_revoked: NotRequired[bool | None]
    effective_at: NotRequired[str | None]


BatchStatus = Literal["success", "mixed", "aborted"]
"""How a batch went: all of it, some of it, nothing of it."""


class BatchTarget(TypedDict):
    """How it went for a target."""

    status: Outcome
    """One of success, error"""
    code: NotRequired[str | None]
    detail: NotRequired[str | None]
    field: NotRequired[str | None]
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    link_ids: list[str]


class BudgetLimits(TypedDict):
    """The most that may be used in a month; null: no limit."""

    max_renders: int | None
    max_pixels: int | None
    max_bytes: int | None
    max_queries: int | None


class BudgetOutlook(TypedDict):
    """How far a unit that has a limit is, and where it will be at the end of the month at the present rate."""

    unit: str
    limit: int
    used: int
    forecast: int
    reached_on: str | None


class BudgetOutput(TypedDict):
    """What holds in this calendar month of the organization: the tighter of its own limits and the operator's."""

    max_renders: int | None
    max_pixels: int | None
    max_bytes: int | None
    max_queries: int | None
    organization_id: str
    time_zone: str
    period: str
    starts_at: str
    ends_at: str
    used: BudgetUsed
    own: BudgetLimits
    ceiling: BudgetLimits


class BudgetUsed(TypedDict):
    """What was used of a month's budget, live."""

    renders: int
    pixels: int
    bytes: int
    queries: int


class Camera(TypedDict):
    """Where a map is looked at from. Degrees; zoom as in tiles of 512 pixels, which MapLibre counts."""

    center: list[float]
    """Longitude, latitude"""
    zoom: float
    """0 to 24"""
    bearing: NotRequired[float]
    """Clockwise from the north. -360 to 360"""
    pitch: NotRequired[float]
    """Away from looking straight down. 0 to 85"""


class ClaimOutput(TypedDict):
    """Who took a link that is meant for them."""

    email: str
    subject: str
    claimed_at: str


class ClassCount(TypedDict):
    """How often a value occurs."""

    value: int | float
    label: str | None
    count: int
    percent: float


class CodeRequested(TypedDict):
    """Always the same, whoever asks: it reveals nothing of whom the link is meant for."""

    ok: NotRequired[Literal[True]]
    detail: str
    expires_in: int


class CollectionDeleted(TypedDict):
    """The collection is gone; its items are untouched, its links answer 410."""

    id: str
    ok: bool


class CollectionDetail(TypedDict):
    """A collection with its items."""

    id: str
    organization_id: str
    project_id: str
    name: str
    description: str
    attribution: str
    license: License | None
    item_count: int
    bounds: list[float]
    center: list[float | int]
    minzoom: int
    maxzoom: int
    profiles: list[Profile]
    pixel_selection: PixelSelection
    """One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh"""
    created_at: str
    updated_at: str
    item_ids: list[str]


class CollectionItem(TypedDict):
    """An item of a shared collection: `item` picks it by its id."""

    id: str
    bounds: list[float]
    datetime: NotRequired[str | None]


class CollectionOutput(TypedDict):
    """A collection. Bounds are degrees west, south, east, north (WGS 84) of all its items."""

    id: str
    organization_id: str
    project_id: str
    name: str
    description: str
    attribution: str
    license: License | None
    item_count: int
    bounds: list[float]
    center: list[float | int]
    minzoom: int
    maxzoom: int
    profiles: list[Profile]
    pixel_selection: PixelSelection
    """One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh"""
    created_at: str
    updated_at: str


class CollectionPage(TypedDict):
    """Collections, oldest first."""

    collections: list[CollectionOutput]
    next_cursor: str | None


class DayUsage(TypedDict):
    """What a link was used for on one UTC day."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    day: str


Decision = Literal["grant", "deny"]
"""What is answered."""


class DeliveryOutput(TypedDict):
    """An event on its way to a webhook."""

    id: str
    """What `webhook-id` says, at each try"""
    type: str
    status: DeliveryStatus
    """One of queued, delivered, failed"""
    created_at: str
    attempts: int
    next_attempt_at: str | None
    delivered_at: str | None
    response_status: int | None
    error: str | None


class DeliveryPage(TypedDict):
    """Deliveries, newest first; they are kept for thirty days."""

    deliveries: list[DeliveryOutput]
    next_cursor: str | None


DeliveryStatus = Literal["queued", "delivered", "failed"]
"""How far a delivery is."""

EntryKind = Literal["directory", "file"]
"""What an entry of a folder is. Whatever is neither, such as a symbolic link or a device, is not there."""

EventKind = Literal[
    "unlock", "claim", "validate", "tilejson", "tiles", "preview", "info", "download", "upload", "denied"
]
"""What was done with a link."""


class FileEntry(TypedDict):
    """A file or a folder. Size and ETag are a file's; some stores report no time of change."""

    name: str
    path: str
    kind: EntryKind
    """One of directory, file"""
    size: int | None
    modified: str | None
    etag: str | None
    media_type: str | None


class FilePage(TypedDict):
    """Folders first, then by name."""

    path: str
    entries: list[FileEntry]
    can_upload: bool
    next_cursor: str | None


class FileUploaded(TypedDict):
    """The file, or where its parts are to be sent to.

    Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
    application/partial-upload; HEAD returns the offset."""

    file: FileEntry | None
    created: bool
    upload_url: str | None
    max_bytes: int


Grouping = Literal["link", "project", "organization"]
"""What a row of an export is the total of, on one UTC day."""


class Histogram(TypedDict):
    """Bins of equal width: one more edge than counts."""

    counts: list[int]
    edges: list[float]


class IdentityOutput(TypedDict):
    """As whom a member signs in."""

    user_id: str
    email: str
    issuer: str
    subject: str
    by_admin: bool
    created_at: str


class IdentityPage(TypedDict):
    """Your organization's members who sign in with the provider, by address."""

    identities: list[IdentityOutput]


class IdentityRemoved(TypedDict):
    """They are nobody to the provider any more, until they sign in with a confirmed address again."""

    email: str
    ok: bool


class ItemDeleted(TypedDict):
    """The item is gone from the catalogue; its file is untouched, its links answer 410."""

    id: str
    ok: bool


class ItemDetail(TypedDict):
    """An item with what it holds itself."""

    id: str
    project_id: str
    kind: ItemKind
    """One of raster, file, text, image, map, directory, pmtiles, geojson"""
    name: str
    description: str
    attribution: str
    license: License | None
    root: str
    path: str
    bounds: list[float] | None
    center: list[float | int] | None
    minzoom: int | None
    maxzoom: int | None
    crs: str | None
    width: int | None
    height: int | None
    bands: list[BandDescription]
    tile_format: TileFormat | None
    """One of mvt, png, jpg, webp, avif"""
    vector_layers: list[VectorLayerOutput]
    feature_count: int | None
    datetime: str | None
    profiles: list[Profile]
    warnings: list[str]
    quarantined: bool
    created_at: str
    updated_at: str
    content: TextContent | MapContent | None
    """Of a text or a map that lies in no file"""


ItemKind = Literal["raster", "file", "text", "image", "map", "directory", "pmtiles", "geojson"]
"""What an item is."""


class ItemOutput(TypedDict):
    """An item. Bounds are degrees west, south, east, north (WGS 84)."""

    id: str
    project_id: str
    kind: ItemKind
    """One of raster, file, text, image, map, directory, pmtiles, geojson"""
    name: str
    description: str
    attribution: str
    license: License | None
    root: str
    path: str
    bounds: list[float] | None
    center: list[float | int] | None
    minzoom: int | None
    maxzoom: int | None
    crs: str | None
    width: int | None
    height: int | None
    bands: list[BandDescription]
    tile_format: TileFormat | None
    """One of mvt, png, jpg, webp, avif"""
    vector_layers: list[VectorLayerOutput]
    feature_count: int | None
    datetime: str | None
    profiles: list[Profile]
    warnings: list[str]
    quarantined: bool
    created_at: str
    updated_at: str


class ItemPage(TypedDict):
    """Items, oldest first."""

    items: list[ItemOutput]
    next_cursor: str | None


class KeyCreated(TypedDict):
    """A new key with its text, which is returned only this once."""

    id: str
    link_id: str
    label: str
    recipient: str | None
    """Whose confirmed address it was given to, by a code or a sign-in"""
    status: KeyStatus
    """One of active, expired, revoked, ended"""
    allowed_origins: list[str]
    created_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None
    key: str
    url: str
    tilejson_url: str
    embed_url: str | None
    embed_html: str | None


class KeyOutput(TypedDict):
    """A named key, without its text."""

    id: str
    link_id: str
    label: str
    recipient: str | None
    """Whose confirmed address it was given to, by a code or a sign-in"""
    status: KeyStatus
    """One of active, expired, revoked, ended"""
    allowed_origins: list[str]
    created_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None


class KeyPage(TypedDict):
    """Keys, oldest first."""

    keys: list[KeyOutput]
    next_cursor: str | None


class KeyRevoked(TypedDict):
    """When the key ended: nothing is served by it from then on, on any server."""

    id: str
    ok: bool
    effective_at: str
    already_revoked: bool


KeyStatus = Literal["active", "expired", "revoked", "ended"]
"""Whether a named key opens its link, and why not."""


class LegendLine(TypedDict):
    """One colour and what it stands for."""

    label: str
    color: str


class LegendOutput(TypedDict):
    """What the colours of a profile mean.

    `ramp`: values from `low` to `high`, over `colors` of even distance. `classes`, `bands`: one colour for each entry.
    `relief`: light and shade alone. `heights`: numbers packed into colours, nothing to be seen."""

    kind: Literal["ramp", "classes", "bands", "relief", "heights"]
    """One of ramp, classes, bands, relief, heights"""
    title: str
    unit: str
    low: float | None
    high: float | None
    colors: list[str]
    entries: list[LegendLine]


class License(TypedDict):
    """A licence: an SPDX identifier such as CC-BY-4.0, or a title with the address of its text.

    Raises ValueError for what is neither, or no plain text."""

    id: NotRequired[str | None]
    title: NotRequired[str | None]
    url: NotRequired[str | None]


class LimitOutput(TypedDict):
    """A limit on a class of calls, and what is left of it."""

    limit: int
    window_seconds: float
    remaining: int | None
    """Null where each link and client is counted apart"""
    reset_seconds: float | None
    """After which the window ends; null as above"""
    counted: str


class Limits(TypedDict):
    """What holds for you now."""

    caller: str
    classes: dict[str, LimitOutput]
    caps: dict[str, int]
    """How large one call or its answer may be"""


class LinkBatch(TypedDict):
    """`success`: all links were made; `mixed`: some; `aborted`: none."""

    status: BatchStatus
    """One of success, mixed, aborted"""
    dry_run: bool
    link_count: int
    links: list[BatchLink]
    recipients: list[BatchRecipient]
    targets: list[BatchTarget]


class LinkBatchRevoked(TypedDict):
    """A report for each link. `more`: there are others that fit; ask again."""

    status: BatchStatus
    """One of success, mixed, aborted"""
    dry_run: bool
    links: list[BatchRevoked]
    more: bool


class LinkCost(TypedDict):
    """What is metered if somebody looks at all of a link once, in web mercator's 256-pixel tiles.

    A tile without data is not metered, and `max_renders` ends a link earlier; @2x tiles have four times the pixels."""

    tiles: int
    pixels: int
    zooms: list[ZoomCost]
    """Each zoom that the link's map shows"""


class LinkDetail(TypedDict):
    """A link with its limits and what was used of them."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    permission: Permission
    """One of view, download, write"""
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    """One of scheduled, active, suspended, expired, revoked"""
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    access_count: int
    last_accessed_at: str | None
    created_by: str
    remaining_views: int | None
    warnings: list[str]
    cost: NotRequired[LinkCost | None]
    """What looking at all of it could cost; of a dry run alone"""
    description: str
    has_password: bool
    profiles: list[str]
    starts_at: str | None
    max_views: int | None
    max_renders: int | None
    max_bytes: int | None
    allowed_origins: list[str]
    min_zoom: int | None
    max_zoom: int | None
    targets: list[TargetRef]
    area: dict[str, Any] | None
    watermark: str | None
    custom_render: bool
    tile_matrix_sets: list[str]
    recipients: list[str]
    open_with: OpenWith
    """One of password, code, either"""
    notices: bool
    public_name: bool
    view_count: int
    render_count: int
    byte_count: int
    revoke_reason: str | None


class LinkEvent(TypedDict):
    """Alike events within a minute."""

    id: str
    at: str
    kind: EventKind
    """One of unlock, claim, validate, tilejson, tiles, preview, info, download, upload, denied"""
    status: int
    client: str
    user_agent: str
    key_id: str | None
    key_label: str | None
    count: int


class LinkEvents(TypedDict):
    """Events, newest first. What another worker saw may come some seconds late."""

    events: list[LinkEvent]
    next_cursor: str | None


class LinkFound(TypedDict):
    """A link with the name of what it points at."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    permission: Permission
    """One of view, download, write"""
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    """One of scheduled, active, suspended, expired, revoked"""
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    access_count: int
    last_accessed_at: str | None
    created_by: str
    remaining_views: int | None
    warnings: list[str]
    cost: NotRequired[LinkCost | None]
    """What looking at all of it could cost; of a dry run alone"""
    description: str
    has_password: bool
    profiles: list[str]
    starts_at: str | None
    max_views: int | None
    max_renders: int | None
    max_bytes: int | None
    allowed_origins: list[str]
    min_zoom: int | None
    max_zoom: int | None
    targets: list[TargetRef]
    area: dict[str, Any] | None
    watermark: str | None
    custom_render: bool
    tile_matrix_sets: list[str]
    recipients: list[str]
    open_with: OpenWith
    """One of password, code, either"""
    notices: bool
    public_name: bool
    view_count: int
    render_count: int
    byte_count: int
    revoke_reason: str | None
    target_name: str


class LinkNotified(TypedDict):
    """What became of each recipient. `share.link.get` shows how far their letters are."""

    link_id: str
    recipients: list[RecipientReport]


class LinkOutput(TypedDict):
    """A link as its sharer sees it."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    permission: Permission
    """One of view, download, write"""
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    """One of scheduled, active, suspended, expired, revoked"""
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    access_count: int
    last_accessed_at: str | None
    created_by: str
    remaining_views: int | None
    warnings: list[str]
    cost: NotRequired[LinkCost | None]
    """What looking at all of it could cost; of a dry run alone"""


class LinkOverview(TypedDict):
    """A link with its limits, what was used of them, who took it, and its letters."""

    id: str
    token: str
    url: str
    tilejson_url: str
    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str
    permission: Permission
    """One of view, download, write"""
    organization_id: str
    project_id: str
    name: str
    status: LinkStatus
    """One of scheduled, active, suspended, expired, revoked"""
    expires_at: str | None
    created_at: str
    revoked_at: str | None
    access_count: int
    last_accessed_at: str | None
    created_by: str
    remaining_views: int | None
    warnings: list[str]
    cost: NotRequired[LinkCost | None]
    """What looking at all of it could cost; of a dry run alone"""
    description: str
    has_password: bool
    profiles: list[str]
    starts_at: str | None
    max_views: int | None
    max_renders: int | None
    max_bytes: int | None
    allowed_origins: list[str]
    min_zoom: int | None
    max_zoom: int | None
    targets: list[TargetRef]
    area: dict[str, Any] | None
    watermark: str | None
    custom_render: bool
    tile_matrix_sets: list[str]
    recipients: list[str]
    open_with: OpenWith
    """One of password, code, either"""
    notices: bool
    public_name: bool
    view_count: int
    render_count: int
    byte_count: int
    revoke_reason: str | None
    claims: list[ClaimOutput]
    mails: list[MailOutput]
    """The last hundred, newest first"""


class LinkPage(TypedDict):
    """Links, oldest first."""

    links: list[LinkDetail]
    next_cursor: str | None


class LinkRevoked(TypedDict):
    """When the link ended: nothing is served by it from then on, on any server."""

    id: str
    ok: bool
    effective_at: str
    already_revoked: bool


LinkSort = Literal["created_at", "name", "expires_at", "last_accessed_at", "view_count", "render_count", "byte_count"]
"""What links are sorted by."""


class LinkStats(TypedDict):
    """What a link was used for: over its life, live, and on each of the last UTC days."""

    id: str
    total: UsageTotals
    last_used_at: str | None
    remaining_views: int | None
    days: list[DayUsage]


LinkStatus = Literal["scheduled", "active", "suspended", "expired", "revoked"]
"""Where in its life a link is."""


class LinkUsageInMonth(TypedDict):
    """The totals of a link in the month that was asked for."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    link_id: str
    name: str | None


class LinkValidated(TypedDict):
    """What a recipient gets for the password: the target, and a key that tile URLs carry in its place."""

    permission: Permission
    """One of view, download, write"""
    target_type: TargetType
    """One of item, collection, file, directory"""
    target: Target
    targets: list[SharedTarget]
    """All that is shared, the target first"""
    name: str
    description: str
    expires_at: str | None
    bounds: list[float] | None
    profiles: list[Profile]
    tile_matrix_sets: list[str]
    view_count: int
    remaining_views: int | None
    key: str
    key_expires_at: str
    urls: dict[str, str]


class LinksFound(TypedDict):
    """Links, sorted."""

    links: list[LinkFound]
    total: int
    next_cursor: str | None


MailKind = Literal[
    "shared", "access_requested", "access_granted", "access_denied", "code", "notice", "webhook_disabled"
]
"""What a letter is about."""


class MailOutput(TypedDict):
    """A letter about a link, and how far it is."""

    id: str
    kind: MailKind
    """One of shared, access_requested, access_granted, access_denied, code, notice, webhook_disabled"""
    recipient: str
    status: MailStatus
    """One of queued, sent, failed"""
    created_at: str
    sent_at: str | None
    """When the mail server took it; whether it arrives is not known here"""
    attempts: int
    next_attempt_at: str | None
    error: str | None
    """What went wrong the last time"""


MailStatus = Literal["queued", "sent", "failed"]
"""How far a letter is."""


class MapContent(TypedDict):
    """A saved view. Without a camera it shows all of its layers."""

    layers: list[MapLayer]
    """The first one on top. 1 to 50 entries"""
    camera: NotRequired[Camera | None]
    basemap: NotRequired[Literal["graticule", "none"]]
    """Lines of longitude and latitude, or nothing: no other server. One of graticule, none"""
    annotations: NotRequired[dict[str, Any] | None]


class MapLayer(TypedDict):
    """A raster or a collection of the same project."""

    item_id: NotRequired[str | None]
    """1 to 64 characters"""
    collection_id: NotRequired[str | None]
    """1 to 64 characters"""
    name: NotRequired[str | None]
    """Default: that of the item or collection. At most 200 characters"""
    profile: NotRequired[str | None]
    """The one that recipients see; default: they choose among those of the item. 1 to 64 characters"""
    opacity: NotRequired[float]
    """0 to 1"""
    visible: NotRequired[bool]
    """Whether it is shown at first"""


class MemberOutput(TypedDict):
    """A member of a project."""

    user_id: str
    email: str
    role: Role
    """One of viewer, editor, admin"""


class MemberPage(TypedDict):
    """The members of a project, by address."""

    members: list[MemberOutput]


class MemberRemoved(TypedDict):
    """They have no role on the project any more; without any in the organization, their API keys have ended too."""

    email: str
    ok: bool


class MembershipOutput(TypedDict):
    """An organization on whose projects you have a role."""

    organization_id: str
    name: str
    status: OrganizationStatus
    """One of active, suspended"""
    role: Role
    """One of viewer, editor, admin"""
    current: bool


class MembershipPage(TypedDict):
    """The organizations that you belong to, the one of your oldest project first."""

    organizations: list[MembershipOutput]


class MonthUsage(TypedDict):
    """The totals of a month of UTC days."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    month: str


class NoticeSettings(TypedDict):
    """What you get; of webhooks it says nothing."""

    letters: bool
    """E-mail when your links are opened, near a limit, and so on"""
    address: str | None
    """Where it is sent; null: your address can get none"""


NoticeType = Literal[
    "link.opened",
    "link.claimed",
    "link.expiring",
    "file.uploaded",
    "access.requested",
    "cap.near",
    "cap.reached",
    "budget.near",
    "budget.reached",
    "password.guessing",
]
"""What can happen."""

OpenWith = Literal["password", "code", "either"]
"""What opens a link, beside its keys and the sign-in of those whom it is meant for."""


class OrganizationCreated(TypedDict):
    """A new organization, its project and its admin."""

    id: str
    name: str
    status: OrganizationStatus
    """One of active, suspended"""
    created_at: str
    suspended_at: str | None
    suspend_reason: str | None
    ceiling: PolicyFields
    project_id: str
    admin_id: str
    admin_email: str
    api_key: str | None
    api_key_id: str | None
    api_key_expires_at: str | None


class OrganizationOutput(TypedDict):
    """An organization, and nothing of what it has."""

    id: str
    name: str
    status: OrganizationStatus
    """One of active, suspended"""
    created_at: str
    suspended_at: str | None
    suspend_reason: str | None
    ceiling: PolicyFields


class OrganizationPage(TypedDict):
    """Organizations, oldest first."""

    organizations: list[OrganizationOutput]
    next_cursor: str | None


OrganizationStatus = Literal["active", "suspended"]
"""Whether an organization's links are open."""

Outcome = Literal["success", "error"]
"""How it went for one of them."""

Permission = Literal["view", "download", "write"]
"""What a recipient may do; each one includes the one before it."""

PixelSelection = Literal[
    "first", "highest", "lowest", "mean", "median", "stdev", "count", "lastbandlow", "lastbandhigh"
]
"""Which pixel a mosaic shows where several rasters lie: rio-tiler's methods, by its names."""


class PointOutput(TypedDict):
    """The values of the pixel that a place lies in, at full resolution."""

    lon: float
    lat: float
    values: list[PointValue] | None
    """Null where no raster lies there"""


class PointValue(TypedDict):
    """A value; null where there is no data."""

    name: str
    band: int | None
    description: str
    unit: str
    value: int | float | None
    label: NotRequired[str | None]


class PolicyFields(TypedDict):
    """Limits for links. What is left out limits nothing."""

    max_lifetime_hours: NotRequired[float | None]
    """From now until a link expires, at most; links without an expiry are refused then. At most 878,400. Above 0"""
    min_password_length: NotRequired[int | None]
    """Characters of a new password, at least. 8 to 64"""
    allow_passwordless: NotRequired[bool]
    """Whether links may have no password, where the service allows it"""
    permissions: NotRequired[list[Permission] | None]
    """What links may allow; null for all. One of view, download, write. At least 1 entries"""
    watermark: NotRequired[str | None]
    """Drawn by links with permission view that name none. 1 to 200 characters"""
    allowed_origins: NotRequired[list[str]]
    """Links allow no other web origins, and these where they name none; empty for all. At most 50 entries"""


class PolicyOutput(TypedDict):
    """What links of your organization have to keep: both."""

    organization_id: str
    ceiling: PolicyFields
    policy: PolicyFields


class Profile(TypedDict):
    """A named way to render a raster. Raises ProfileInvalid, naming the field at fault."""

    id: str
    label: str
    kind: ProfileKind
    """One of rgb, index, elevation, raw, terrain"""
    bands: NotRequired[list[int]]
    expression: NotRequired[str | None]
    rescale: NotRequired[list[list[float]]]
    colormap: NotRequired[str | None]
    algorithm: NotRequired[Literal["hillshade", "terrainrgb", "terrarium"] | None]
    """One of hillshade, terrainrgb, terrarium"""
    resampling: NotRequired[Literal["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode"]]
    """One of nearest, bilinear, cubic, cubic_spline, lanczos, average, mode"""
    nodata: NotRequired[float | None]
    labels: NotRequired[dict[str, str]]
    is_default: NotRequired[bool]


ProfileKind = Literal["rgb", "index", "elevation", "raw", "terrain"]
"""What a profile shows."""


class ProfileList(TypedDict):
    """The ways in which a link's raster can be rendered."""

    profiles: list[Profile]


class ProjectOutput(TypedDict):
    """A project."""

    id: str
    organization_id: str
    name: str


class ProjectPage(TypedDict):
    """The projects that you are a member of, oldest first."""

    projects: list[ProjectOutput]


class RecipientReport(TypedDict):
    """What became of one recipient."""

    email: str
    status: ReportStatus
    """One of queued, already_queued"""
    mail_id: str


class Render(TypedDict):
    """Instead of what the profile says; what is left out stays as it is. Only links with `custom_render` allow it.

    `bands` or `expression` begin anew, without the profile's range, colours and algorithm."""

    bands: NotRequired[Sequence[int] | None]
    """One band or three, from 1. At most 3 entries"""
    expression: NotRequired[str | None]
    """Band maths: (b4-b3)/(b4+b3). At most 256 characters"""
    rescale: NotRequired[Sequence[Sequence[float]] | None]
    """A range (min, max) for all bands, or one each. At most 3 entries"""
    colormap: NotRequired[str | None]
    """A name, or an object of colours by index: {"0": "#000000", "255": [255, 255, 255, 255]}. At most 8,192 characters"""
    algorithm: NotRequired[Literal["hillshade", "terrainrgb", "terrarium"] | None]
    """One of hillshade, terrainrgb, terrarium"""
    resampling: NotRequired[
        Literal["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode"] | None
    ]
    """One of nearest, bilinear, cubic, cubic_spline, lanczos, average, mode"""
    nodata: NotRequired[float | None]
    """A number, or the text NaN"""


ReportStatus = Literal["queued", "already_queued"]
"""What became of one recipient."""

Role = Literal["viewer", "editor", "admin"]
"""A member's role on a project; each one can do what the one before it can."""


class RootFolder(TypedDict):
    """A folder of a storage root whose files a project may register."""

    project_id: str
    project_name: str
    root: str
    prefix: str


class RootFolderPage(TypedDict):
    """All that was granted to the projects or their organization."""

    folders: list[RootFolder]


class RootGrantOutput(TypedDict):
    """The right to register what lies in a folder of a storage root."""

    id: str
    root: str
    prefix: str
    organization_id: str
    project_id: str | None
    created_at: str


class RootGrantPage(TypedDict):
    """Grants, oldest first."""

    grants: list[RootGrantOutput]
    roots: list[str]
    """Names of the storage roots that are configured; for the operator only"""


class RootGrantRevoked(TypedDict):
    """The grant has ended."""

    id: str
    ok: bool
    deleted_items: int


class RootUploadBegun(TypedDict):
    """Where its parts are sent to.

    Parts are sent as PATCH with `Upload-Offset`, `Upload-Complete: ?0` (`?1` with the last one) and the content type
    application/partial-upload; HEAD returns the offset. After the last one `item.create` registers the file."""

    upload_url: str
    max_bytes: int


Scope = Literal["shares:read", "shares:write", "items:read", "items:write", "usage:read", "admin", "operator"]
"""What a key may do. `admin` holds all the others but `operator`."""


class SeedDeleted(TypedDict):
    """The seed is gone, and its tiles are rendered again when somebody asks."""

    item_id: str
    ok: bool


class SeedOutput(TypedDict):
    """A seed, and how far it is."""

    item_id: str
    profile: str
    format: str
    tilesize: int
    minzoom: int
    maxzoom: int
    bbox: list[float]
    state: SeedState | None
    """One of waiting, running, done, failed, outdated"""
    tiles: int
    done: int
    failed: int
    bytes: int
    detail: str
    estimated_bytes: int | None
    estimated_minutes: float | None


class SeedPage(TypedDict):
    """All seeds of an item on the machine that answers."""

    seeds: list[SeedOutput]


SeedState = Literal["waiting", "running", "done", "failed", "outdated"]
"""How it stands."""


class SharedContent(TypedDict):
    """One of text, image and map, by kind."""

    kind: ItemKind
    """One of raster, file, text, image, map, directory, pmtiles, geojson"""
    name: str
    description: str
    text: NotRequired[SharedText | None]
    image: NotRequired[SharedImage | None]
    map: NotRequired[SharedMap | None]


class SharedImage(TypedDict):
    """A picture; `url` loads it, at most 4096 pixels on the longer side, without the file's metadata."""

    url: str
    width: int
    height: int
    media_type: str
    is_animated: bool


class SharedLayer(TypedDict):
    """A layer of a shared map. Bounds are degrees west, south, east, north (WGS 84)."""

    id: str
    type: Literal["item", "collection"]
    """One of item, collection"""
    name: str
    opacity: float
    visible: bool
    profile: str
    profiles: list[Profile]
    bounds: list[float]
    minzoom: int
    maxzoom: int
    tiles: str
    tilejson: str


class SharedMap(TypedDict):
    """A saved view, with what is still there of its layers, the first one on top."""

    bounds: list[float] | None
    camera: Camera | None
    basemap: str
    layers: list[SharedLayer]
    annotations: dict[str, Any] | None


class SharedTarget(TypedDict):
    """One of the things that a link shares: `item` picks it by its id."""

    name: str
    description: str
    kind: str
    minzoom: int | None
    maxzoom: int | None
    center: list[float | int] | None
    id: str
    type: TargetType
    """One of item, collection, file, directory"""
    bounds: list[float] | None
    profiles: list[Profile]
    urls: dict[str, str]


class SharedText(TypedDict):
    """A text as it was written, and as HTML that is safe to insert: without scripts, styles, pictures."""

    markdown: str
    html: str


class StatisticsOutput(TypedDict):
    """Of some million pixels at most: what has more is looked at in an overview, and the answer says so."""

    bands: list[BandStatistics]
    width: int
    height: int
    approximate: bool
    completeness: float


class Target(TypedDict):
    """What a link shares, as a recipient sees it."""

    name: str
    description: str
    kind: str
    minzoom: int | None
    maxzoom: int | None
    center: list[float | int] | None


class TargetRefInput(TypedDict):
    """One thing that a link points at."""

    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str


class TargetRef(TypedDict):
    """One thing that a link points at."""

    target_type: TargetType
    """One of item, collection, file, directory"""
    target_id: str


TargetType = Literal["item", "collection", "file", "directory"]
"""What a link can point at."""


class TextContent(TypedDict):
    """A text that lies in no file."""

    markdown: str
    """At least 1 characters"""


TileFormat = Literal["mvt", "png", "jpg", "webp", "avif"]
"""The value is the file extension in tile URLs."""


class TileInfo(TypedDict):
    """What a shared raster is, or a collection. Bounds are degrees west, south, east, north (WGS 84).

    A collection has neither bands nor a size nor a coordinate system of its own; a raster has no items. Of a link that
    shares an area, all of it is about that area alone; the size, which is of the whole raster, is left out."""

    name: str
    description: str
    attribution: NotRequired[str]
    license: NotRequired[License | None]
    kind: str
    bounds: list[float]
    center: list[float | int]
    minzoom: int
    maxzoom: int
    crs: NotRequired[str | None]
    width: NotRequired[int | None]
    height: NotRequired[int | None]
    bands: NotRequired[list[BandDescription]]
    profiles: list[Profile]
    tile_format: NotRequired[TileFormat | None]
    """Of a PMTiles archive: what its tiles are. One of mvt, png, jpg, webp, avif"""
    vector_layers: NotRequired[list[VectorLayerOutput]]
    """Of an archive of vector tiles"""
    feature_count: NotRequired[int | None]
    """Of GeoJSON"""
    item_count: NotRequired[int | None]
    items: NotRequired[list[CollectionItem]]
    """The first thousand, the first on top"""


class TileJSON(TypedDict):
    """A TileJSON 3.0.0 document, whose tile URLs carry a key: a map needs nothing else."""

    tilejson: str
    tiles: list[str]
    bounds: list[float]
    center: list[float | int]
    minzoom: int
    maxzoom: int


class UsageExportOutput(TypedDict):
    """The rows that changed since the mark, in the order of their changes."""

    organization_id: str
    by: Grouping
    """One of link, project, organization"""
    rows: list[UsageExportRow]
    high_water_mark: str
    more: bool
    settled_at: str | None
    complete_through: str | None


class UsageExportRow(TypedDict):
    """All that was counted on a UTC day: a total, which replaces the one that was exported before."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    day: str
    organization_id: str
    project_id: str | None
    link_id: str | None
    last_used_at: str | None


class UsageForecast(TypedDict):
    """This UTC month so far, and what it will come to at the rate of the last days."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    organization_id: str
    period: str
    forecast: UsageTotals
    from_day: str
    budget: list[BudgetOutlook]


class UsageHistoryOutput(TypedDict):
    """The rows of each day and link, and their sum."""

    organization_id: str
    first_day: str
    last_day: str
    total: UsageTotals
    rows: list[UsageRow]


class UsageOutput(TypedDict):
    """This UTC month so far, live."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    organization_id: str
    period: str


class UsageRow(TypedDict):
    """What one link was used for on one UTC day; of all organizations, what all links were used for."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int
    day: str
    link_id: str | None


class UsageSummary(TypedDict):
    """Sums, up to now."""

    organization_id: str
    months: list[MonthUsage]
    month: str
    links: list[LinkUsageInMonth]
    more: bool


class UsageTotals(TypedDict):
    """Counters of everything that is metered."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int


class VectorLayerOutput(TypedDict):
    """A layer of vector tiles."""

    id: str
    description: str
    minzoom: int
    maxzoom: int
    fields: dict[str, str]


class WebhookCreated(TypedDict):
    """The webhook, and its secret."""

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    created_by: str
    created_at: str
    updated_at: str
    failing_since: str | None
    disabled_at: str | None
    disabled_reason: str | None
    secret: str
    """Whsec_…, to verify what is sent (Standard Webhooks); shown this once"""


class WebhookDeleted(TypedDict):
    """Nothing is sent to it any more."""

    id: str
    ok: bool


class WebhookOutput(TypedDict):
    """A webhook, without its secret."""

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    created_by: str
    created_at: str
    updated_at: str
    failing_since: str | None
    disabled_at: str | None
    disabled_reason: str | None


class WebhookPage(TypedDict):
    """Webhooks, oldest first."""

    webhooks: list[WebhookOutput]


class WebhookTested(TypedDict):
    """What the server said to an event of the type webhook.test."""

    id: str
    """What `webhook-id` said"""
    delivered: bool
    response_status: int | None
    error: str | None


class ZoomCost(TypedDict):
    """The tiles of one zoom, and their pixels."""

    zoom: int
    tiles: int
    pixels: int
