"""What a recipient can do with a link: open it, load its tiles, ask what it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from service.accounts.api_keys import Scope
from service.operations import images
from service.operations.fields import Token
from service.operations.link_models import LinkValidate, LinkValidated, Target
from service.operations.link_views import link_url, remaining_views
from service.operations.operation import Bucket, Context, Effect, ImageAnswer, Operation, Request, Response
from tiling.models import BandDescription, Profile, RasterDescription
from tiling.tilejson import tilejson

if TYPE_CHECKING:
    from service.links.admission import Admission

ProfileId = Annotated[str, Field(max_length=64, description="Default: the item's default profile")]
Format = Annotated[str, Field(max_length=10, description="png, jpg or webp")]
KeyText = Annotated[str, Field(max_length=200)]


class Opened(Request):
    """A link's token, and the password or a key."""

    token: Token
    password: str | None = Field(None, max_length=1000)
    key: KeyText | None = None


class TileRequest(Opened):
    """Name a tile: XYZ, y counted from the north."""

    z: int
    x: int
    y: int
    format: Format = "png"
    profile: ProfileId | None = None
    tilesize: int = Field(256, description="256 or 512 pixels")


class PreviewRequest(Opened):
    """Ask for a picture of the whole raster."""

    format: Format = "png"
    profile: ProfileId | None = None
    max_size: int = Field(images.DEFAULT_PREVIEW, description="Pixels of the longer side")


class TileJSONRequest(Opened):
    """Ask for the TileJSON of a profile."""

    profile: ProfileId | None = None
    format: Format = "png"
    tilesize: int = Field(256, description="256 or 512 pixels")


class TileJSON(BaseModel):
    """A TileJSON 3.0.0 document, whose tile URLs carry a key: a map needs nothing else."""

    model_config = ConfigDict(extra="allow")

    tilejson: str
    tiles: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int


class TileInfo(Response):
    """What a shared raster is. Bounds are degrees west, south, east, north (WGS 84)."""

    name: str
    description: str
    kind: str
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    crs: str
    width: int
    height: int
    bands: tuple[BandDescription, ...]
    profiles: tuple[Profile, ...]


class ProfileList(Response):
    """The ways in which a link's raster can be rendered."""

    profiles: tuple[Profile, ...]


async def validate_link(context: Context, request: LinkValidate) -> LinkValidated:
    """Open a link with its password, which is one view; or come back with a key, which is none, for a fresh one."""
    services = context.services
    credential = context.credential_with(password=request.password)
    admission = await services.doorkeeper.admit(request.token, credential, context.client, visit=True)
    link, item = admission.link, admission.item
    usage = (await services.meter.link_usage(link.organization_id, [link.id]))[link.id]
    key, key_expires_at = services.doorkeeper.issue_key(link, services.settings.default_key_lifetime, datetime.now(UTC))
    raster = item.raster
    return LinkValidated(
        permission=link.permission,
        target_type=link.target_type,
        target=Target(
            name=item.name,
            description=item.description,
            kind=item.kind,
            minzoom=raster and raster.minzoom,
            maxzoom=raster and raster.maxzoom,
            center=raster and raster.center,
        ),
        name=link.name,
        description=link.description,
        expires_at=link.expires_at,
        bounds=raster and raster.bounds,
        profiles=_profiles(admission),
        view_count=usage.units.views,
        remaining_views=remaining_views(link, usage),
        key=key,
        key_expires_at=key_expires_at,
        urls=_urls(context, admission, key),
    )


async def render_tile(context: Context, request: TileRequest) -> ImageAnswer:
    """Render a tile."""
    admission = await _admit(context, request)
    return await images.tile(
        context,
        admission,
        z=request.z,
        x=request.x,
        y=request.y,
        image_format=request.format,
        tilesize=request.tilesize,
        profile_id=request.profile,
    )


async def render_preview(context: Context, request: PreviewRequest) -> ImageAnswer:
    """Render a picture of the whole raster."""
    admission = await _admit(context, request)
    return await images.preview(
        context, admission, image_format=request.format, max_size=request.max_size, profile_id=request.profile
    )


async def get_tilejson(context: Context, request: TileJSONRequest) -> TileJSON:
    """Return the TileJSON of a link, with a key inside."""
    services = context.services
    admission = await _admit(context, request)
    link, item = admission.link, admission.item
    profile = item.profile(request.profile, link.profiles)
    image_format, tilesize = images.parse_format(request.format), images.parse_tilesize(request.tilesize)
    raster = _raster(admission)
    key, _ = services.doorkeeper.issue_key(link, services.settings.map_key_lifetime, datetime.now(UTC))
    query = {"key": key} if profile.is_default else {"key": key, "profile": profile.id}
    scale = "@2x" if tilesize == 512 else ""  # noqa: PLR2004
    template = f"{link_url(services, link)}/{{z}}/{{x}}/{{y}}{scale}.{image_format}?{urlencode(query)}"
    minzoom, maxzoom = link.clamp_zoom(raster.minzoom), link.clamp_zoom(raster.maxzoom)
    longitude, latitude, zoom = raster.center
    document = tilejson(
        name=link.name,
        description=link.description or item.description,
        tiles=[template],
        bounds=raster.bounds,
        center=(longitude, latitude, link.clamp_zoom(zoom)),
        minzoom=minzoom,
        maxzoom=maxzoom,
        tilesize=tilesize,
    )
    return TileJSON.model_validate(document)


async def get_info(context: Context, request: Opened) -> TileInfo:
    """Describe the raster of a link."""
    admission = await _admit(context, request)
    item, raster = admission.item, _raster(admission)
    return TileInfo(
        name=item.name,
        description=item.description,
        kind=raster.kind,
        bounds=raster.bounds,
        center=raster.center,
        minzoom=raster.minzoom,
        maxzoom=raster.maxzoom,
        crs=raster.crs,
        width=raster.width,
        height=raster.height,
        bands=raster.bands,
        profiles=_profiles(admission),
    )


async def list_profiles(context: Context, request: Opened) -> ProfileList:
    """List the profiles that recipients of a link may use."""
    return ProfileList(profiles=_profiles(await _admit(context, request)))


async def _admit(context: Context, request: Opened) -> Admission:
    credential = context.credential_with(password=request.password, key=request.key)
    return await context.services.doorkeeper.admit(request.token, credential, context.client)


def _raster(admission: Admission) -> RasterDescription:
    """Return what is known of the raster. Raises NotFound `profile_not_found` where the target is not one."""
    raster = admission.item.raster
    if raster is None:
        admission.item.profile(None)
        raise RuntimeError("an item without a raster has a profile")
    return raster


def _profiles(admission: Admission) -> tuple[Profile, ...]:
    allowed = admission.link.profiles
    return tuple(profile for profile in admission.item.profiles if not allowed or profile.id in allowed)


def _urls(context: Context, admission: Admission, key: str) -> dict[str, str]:
    """Return what a client can load with the key."""
    base, query = link_url(context.services, admission.link), urlencode({"key": key})
    urls = {"page": base, "info": f"{base}/info?{query}"}
    if admission.item.raster is not None:
        urls["tilejson"] = f"{base}/tilejson.json?{query}"
        urls["tiles"] = f"{base}/{{z}}/{{x}}/{{y}}.png?{query}"
        urls["preview"] = f"{base}/preview.png?{query}"
    return urls


def _for_recipients(
    operation_id: str,
    summary: str,
    request: type[BaseModel],
    response: type[BaseModel] | None,
    function: Any,
    bucket: Bucket = Bucket.READ,
) -> Operation:
    return Operation(
        id=operation_id,
        scope=Scope.SHARES_READ,
        effect=Effect.READ,
        bucket=bucket,
        summary=summary,
        request=request,
        response=response,
        function=function,
        for_recipients=True,
    )


OPERATIONS = (
    _for_recipients("share.link.validate", "Open a link with its password", LinkValidate, LinkValidated, validate_link),
    _for_recipients(
        "share.tile.render", "Render a map tile, billed to the sharer", TileRequest, None, render_tile, Bucket.TILES
    ),
    _for_recipients(
        "share.tile.preview",
        "Render the whole raster, billed to the sharer",
        PreviewRequest,
        None,
        render_preview,
        Bucket.TILES,
    ),
    _for_recipients("share.tile.info", "Describe the shared raster", Opened, TileInfo, get_info),
    _for_recipients("share.tilejson", "TileJSON 3.0.0 with a key inside", TileJSONRequest, TileJSON, get_tilejson),
    _for_recipients("share.profiles.list", "List the render profiles", Opened, ProfileList, list_profiles),
)
