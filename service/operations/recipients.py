"""What a recipient can do with a link: open it, load its tiles, ask what it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.catalogue.collection import Collection
from service.catalogue.item import ItemKind
from service.links.link import Permission
from service.operations import images
from service.operations.file_tree import has_files
from service.operations.link_models import LinkValidate, LinkValidated, Target
from service.operations.link_views import link_url, remaining_views
from service.operations.operation import Bucket, Context, Effect, ImageAnswer, Operation
from service.operations.picking import pick
from service.operations.recipient_models import (
    Opened,
    PreviewRequest,
    ProfileList,
    TileInfo,
    TileJSON,
    TileJSONRequest,
    TileRequest,
)
from service.operations.recipient_views import collection_info, extent_of, item_info
from tiling.models import Profile
from tiling.tilejson import tilejson

if TYPE_CHECKING:
    from service.links.admission import Admission


async def validate_link(context: Context, request: LinkValidate) -> LinkValidated:
    """Open a link with its password.

    That is one view; to come back with a key, for a fresh one, is none.
    """
    services = context.services
    credential = context.credential_with(password=request.password)
    admission = await services.doorkeeper.admit(request.token, credential, context.client, visit=True)
    link, target = admission.link, admission.target
    usage = (await services.meter.link_usage(link.organization_id, [link.id]))[link.id]
    key, key_expires_at = services.doorkeeper.issue_key(link, services.settings.default_key_lifetime, datetime.now(UTC))
    extent = target.extent
    return LinkValidated(
        permission=link.permission,
        target_type=link.target_type,
        target=Target(
            name=target.name,
            description=target.description,
            kind=target.kind,
            minzoom=extent and extent.minzoom,
            maxzoom=extent and extent.maxzoom,
            center=extent and extent.center,
        ),
        name=link.name,
        description=link.description,
        expires_at=link.expires_at,
        bounds=extent and extent.bounds,
        profiles=_profiles(admission),
        view_count=usage.units.views,
        remaining_views=remaining_views(link, usage),
        key=key,
        key_expires_at=key_expires_at,
        urls=_urls(context, admission, key),
    )


async def render_tile(context: Context, request: TileRequest) -> ImageAnswer:
    """Render a map tile, billed to the sharer."""
    admission = await _admit(context, request, confirm=False)
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
    """Render the whole raster, billed to the sharer."""
    admission = await _admit(context, request, confirm=False)
    return await images.preview(
        context, admission, image_format=request.format, max_size=request.max_size, profile_id=request.profile
    )


async def get_tilejson(context: Context, request: TileJSONRequest) -> TileJSON:
    """Return TileJSON 3.0.0 whose tile URLs carry a key."""
    services = context.services
    admission = await _admit(context, request)
    link, target = admission.link, admission.target
    profile = target.profile(request.profile, link.profiles)
    image_format, tilesize = images.parse_format(request.format), images.parse_tilesize(request.tilesize)
    extent = extent_of(target)
    key, _ = services.doorkeeper.issue_key(link, services.settings.map_key_lifetime, datetime.now(UTC))
    query = {"key": key} if profile.is_default else {"key": key, "profile": profile.id}
    if request.item is not None:
        query["item"] = request.item
    scale = "@2x" if tilesize == 512 else ""  # noqa: PLR2004
    template = f"{link_url(services, link)}/{{z}}/{{x}}/{{y}}{scale}.{image_format}?{urlencode(query)}"
    minzoom, maxzoom = link.clamp_zoom(extent.minzoom), link.clamp_zoom(extent.maxzoom)
    longitude, latitude, zoom = extent.center
    document = tilejson(
        name=link.name,
        description=link.description or target.description,
        tiles=[template],
        bounds=extent.bounds,
        center=(longitude, latitude, link.clamp_zoom(zoom)),
        minzoom=minzoom,
        maxzoom=maxzoom,
        tilesize=tilesize,
    )
    return TileJSON.model_validate(document)


async def get_info(context: Context, request: Opened) -> TileInfo:
    """Describe the shared raster, or the collection of them."""
    admission = await _admit(context, request)
    target = admission.target
    if isinstance(target, Collection):
        members = await context.services.mosaics.members(target)
        return collection_info(target, members.members, _profiles(admission))
    return item_info(target, _profiles(admission))


async def list_profiles(context: Context, request: Opened) -> ProfileList:
    """List the profiles that recipients of a link may use."""
    return ProfileList(profiles=_profiles(await _admit(context, request)))


async def _admit(context: Context, request: Opened, *, confirm: bool = True) -> Admission:
    """Admit a recipient. Images are not confirmed here: the meter is asked before they are sent."""
    credential = context.credential_with(password=request.password, key=request.key)
    admission = await context.services.doorkeeper.admit(request.token, credential, context.client, confirm=confirm)
    return await pick(context, admission, request.item)


def _profiles(admission: Admission) -> tuple[Profile, ...]:
    allowed = admission.link.profiles
    return tuple(profile for profile in admission.target.profiles if not allowed or profile.id in allowed)


def _urls(context: Context, admission: Admission, key: str) -> dict[str, str]:
    """Return what a client can load with the key."""
    base, query = link_url(context.services, admission.link), urlencode({"key": key})
    urls = {"page": base, "info": f"{base}/info?{query}"}
    if admission.target.kind in {ItemKind.TEXT, ItemKind.IMAGE, ItemKind.MAP}:
        urls["content"] = f"{base}/content?{query}"
    if admission.target.kind == ItemKind.IMAGE:
        urls["preview"] = f"{base}/preview.png?{query}"
    if admission.target.extent is not None:
        urls["tilejson"] = f"{base}/tilejson.json?{query}"
        urls["tiles"] = f"{base}/{{z}}/{{x}}/{{y}}.png?{query}"
        urls["preview"] = f"{base}/preview.png?{query}"
    if has_files(admission):
        urls["files"] = f"{base}/files?{query}"
    if has_files(admission) and admission.link.permission is not Permission.VIEW:
        urls["archive"] = f"{base}/archive.zip?{query}"
    return urls


OPERATIONS = (
    Operation("share.link.validate", Scope.SHARES_READ, Effect.READ, Bucket.READ, validate_link, for_recipients=True),
    Operation("share.tile.render", Scope.SHARES_READ, Effect.READ, Bucket.TILES, render_tile, for_recipients=True),
    Operation("share.tile.preview", Scope.SHARES_READ, Effect.READ, Bucket.TILES, render_preview, for_recipients=True),
    Operation("share.tile.info", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_info, for_recipients=True),
    Operation("share.tilejson", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_tilejson, for_recipients=True),
    Operation("share.profiles.list", Scope.SHARES_READ, Effect.READ, Bucket.READ, list_profiles, for_recipients=True),
)
