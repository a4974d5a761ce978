"""What a recipient can do with a link: open it, load its tiles, ask what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.catalogue.collection import Collection
from service.catalogue.item import Item, ItemKind
from service.links.link import Permission
from service.operations.admission.admit import admit
from service.operations.admission.recipient_models import (
    Opened,
    PreviewRequest,
    ProfileList,
    TileInfo,
    TileJSON,
    TileJSONRequest,
    TileRequest,
)
from service.operations.admission.render_policy import extent_in_area, shared_extent, usable_profiles
from service.operations.admission.select_target import Shared, is_shared, shared_targets
from service.operations.admission.stored_tiles import is_served, wrong_format
from service.operations.admission.tile_styles import TileSpot, TileStyle, parse_format, parse_tilesize
from service.operations.admission.times import times_of
from service.operations.catalogue.map_layers import live_layers
from service.operations.core.operation import Bucket, Context, Effect, ImageAnswer, Operation
from service.operations.files.file_tree import has_files
from service.operations.links.views import link_url, remaining_views
from service.operations.recipient import images
from service.operations.recipient.opened_drops import opened_drop
from service.operations.recipient.shared_map import shared_map
from service.operations.recipient.tilejson import of_tileset, tilejson
from service.operations.recipient.validation_models import LinkValidate, LinkValidated, SharedTarget, Target
from service.operations.recipient.value_models import CropRequest
from service.operations.recipient.views import bounds_around, collection_info, dataset_info, described, item_info
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import LinkTarget
    from service.links.admission import Admission


CLIENT_FILES = {
    "legend": "legend.png",
    "statistics": "statistics",
    "wmts": "WMTSCapabilities.xml",
    "style": "style.json",
    "qgis": "layer.qlr",
}


async def validate_link(context: Context, request: LinkValidate) -> LinkValidated:
    """Open a link with its password.

    That is one view; to come back with a key, for a fresh one, is none. A key that has a name stays the key.
    """
    return await opened(context, await visit_link(context, request))


async def visit_link(context: Context, request: LinkValidate) -> Admission:
    """Admit who gives a link's password to open it: a person."""
    credential = context.credential_with(password=request.password)
    authorizer = context.services.links.authorizer
    return await authorizer.admit(request.token, credential, context.client, needs=None, visit=True)


async def opened(context: Context, admission: Admission) -> LinkValidated:
    """Return what an admitted recipient is told of the link, with a key."""
    services, link, target = context.services, admission.link, admission.target
    usage = (await services.metering.meter.link_usage(link.organization_id, [link.id]))[link.id]
    lifetime = services.settings.default_key_lifetime
    key, key_expires_at = services.links.authorizer.issue_key(admission, lifetime, datetime.now(UTC))
    if link.is_drop:
        return opened_drop(context, link, usage, key, key_expires_at)
    shared = await shared_targets(context, admission)
    extents = [extent_in_area(context, link, drawn) for drawn in await _drawn(context, admission, shared)]
    extent = extent_in_area(context, link, target)
    return LinkValidated(
        permission=link.permission,
        target_type=link.target_type,
        target=Target(**described(target, extent)),
        targets=tuple(_shared_target(context, admission, one, key) for one in shared),
        name=link.name,
        description=link.description,
        expires_at=link.expires_at,
        bounds=bounds_around([each for each in extents if each is not None]),
        profiles=usable_profiles(admission),
        tile_matrix_sets=link.tile_matrix_sets,
        view_count=usage.units.views,
        remaining_views=remaining_views(link, usage),
        key=key,
        key_expires_at=key_expires_at,
        urls=_urls(context, admission, key, is_map=extent is not None),
    )


async def render_tile(context: Context, request: TileRequest) -> ImageAnswer:
    """Render a map tile, billed to the sharer."""
    admission = await admit(context, request, confirm=False)
    style = TileStyle(
        image_format=request.format,
        tilesize=request.tilesize,
        tile_matrix_set=request.tile_matrix_set,
        profile_id=request.profile,
        render=request.render,
    )
    return await images.tile(context, admission, style, TileSpot((request.z, request.x, request.y)))


async def render_preview(context: Context, request: PreviewRequest) -> ImageAnswer:
    """Render the whole raster, billed to the sharer."""
    admission = await admit(context, request, confirm=False)
    return await images.preview(
        context,
        admission,
        image_format=request.format,
        max_size=request.max_size,
        profile_id=request.profile,
        render=request.render,
    )


async def render_crop(context: Context, request: CropRequest) -> ImageAnswer:
    """Cut out a part: as a picture, or as a GeoTIFF of its values. Billed to the sharer.

    A GeoTIFF needs a link that allows downloads, and one without a watermark.
    """
    is_values = request.format in {"tif", "tiff"}
    needs = Permission.DOWNLOAD if is_values else Permission.VIEW
    return await images.crop(context, await admit(context, request, needs=needs, confirm=False), request)


async def get_tilejson(context: Context, request: TileJSONRequest) -> TileJSON:
    """Return TileJSON 3.0.0 whose tile URLs carry a key."""
    admission = await admit(context, request)
    tileset = admission.target.tileset if isinstance(admission.target, Item) else None
    if tileset is not None and request.format != "png" and not tileset.format.is_named(request.format):
        raise wrong_format(tileset.format)
    image_format = parse_format(request.format) if tileset is None else ImageFormat.PNG
    tilesize = parse_tilesize(request.tilesize)
    shared = shared_map(context, admission, profile_id=request.profile, render=request.render)
    document = tilejson(
        name=shared.name,
        description=shared.description,
        tiles=[shared.tiles(image_format, tilesize)],
        bounds=shared.bounds,
        center=shared.center,
        minzoom=shared.minzoom,
        maxzoom=shared.maxzoom,
        attribution=shared.credit or None,
        tilesize=tilesize,
    )
    times = await times_of(context, admission)
    return TileJSON.model_validate(document | of_tileset(tileset) | ({"datetimes": times} if times else {}))


async def get_info(context: Context, request: Opened) -> TileInfo:
    """Describe the shared raster, or the collection of them."""
    admission = await admit(context, request)
    target = admission.target
    extent, profiles = shared_extent(context, admission.link, target), usable_profiles(admission)
    if isinstance(target, Collection):
        members = await context.services.images.mosaics.members(target)
        clip = context.services.images.areas.of(admission.link)
        cpu = context.services.threads.cpu
        return await cpu.run(collection_info, target, extent, members.members, profiles, clip)
    return item_info(target, extent, profiles) if target.dataset is None else dataset_info(target, extent)


async def list_profiles(context: Context, request: Opened) -> ProfileList:
    """List the profiles that recipients of a link may use."""
    return ProfileList(profiles=usable_profiles(await admit(context, request)))


async def _drawn(context: Context, admission: Admission, shared: Sequence[Shared]) -> list[LinkTarget]:
    """Return what a map of all that a link shares draws: a saved map stands for its layers."""
    drawn: list[LinkTarget] = []
    for one in shared:
        if isinstance(one.target, Item) and one.target.kind is ItemKind.MAP:
            layers = await live_layers(context.services, one.target)
            await context.services.images.areas.prepare(admission.link, [live.target for live in layers])
            drawn += [live.target for live in layers if is_shared(context, admission, live.target)]
        else:
            drawn.append(one.target)
    return drawn


def _shared_target(context: Context, admission: Admission, shared: Shared, key: str) -> SharedTarget:
    target = shared.target
    picked, extent = replace(admission, target=target), extent_in_area(context, admission.link, target)
    return SharedTarget(
        **described(target, extent),
        id=target.id,
        type=shared.target_type,
        bounds=extent and extent.bounds,
        profiles=usable_profiles(picked),
        urls=_urls(context, picked, key, is_map=extent is not None),
    )


def _urls(context: Context, admission: Admission, key: str, *, is_map: bool) -> dict[str, str]:
    """Return what a client can load with the key, of what was picked."""
    named = {} if admission.picked is None else {"item": admission.picked}
    base, query = link_url(context.services, admission.link), urlencode({"key": key, **named})
    urls = {"page": base, "info": f"{base}/info?{query}"}
    if admission.target.kind in {ItemKind.TEXT, ItemKind.IMAGE, ItemKind.MAP}:
        urls["content"] = f"{base}/content?{query}"
    if admission.target.kind == ItemKind.IMAGE:
        urls["preview"] = f"{base}/preview.png?{query}"
    if isinstance(admission.target, Item) and admission.target.dataset is not None:
        return urls | _urls_of_dataset(admission, admission.target, base, query)
    if is_map:
        urls["tilejson"] = f"{base}/tilejson.json?{query}"
        urls["tiles"] = f"{base}/{{z}}/{{x}}/{{y}}.png?{query}"
        urls["preview"] = f"{base}/preview.png?{query}"
        for name, file in CLIENT_FILES.items():
            urls[name] = f"{base}/{file}?{query}"
    if has_files(admission):
        urls["files"] = f"{base}/files?{query}"
    if has_files(admission) and admission.link.permission is not Permission.VIEW:
        urls["archive"] = f"{base}/archive.zip?{query}"
    return urls


def _urls_of_dataset(admission: Admission, item: Item, base: str, query: str) -> dict[str, str]:
    """Return what a client can load of an archive of tiles, or of features."""
    urls, tileset = dict[str, str](), item.tileset
    if item.features is not None and admission.link.area is None:
        urls["features"] = f"{base}/features.geojson?{query}"
        urls["style"] = f"{base}/{CLIENT_FILES['style']}?{query}"
    if tileset is not None and is_served(admission.link, tileset.format):
        urls["tilejson"] = f"{base}/tilejson.json?{query}"
        urls["tiles"] = f"{base}/{{z}}/{{x}}/{{y}}.{tileset.format}?{query}"
        for name in ("style",) if tileset.format.is_vector else ("style", "wmts", "qgis"):
            urls[name] = f"{base}/{CLIENT_FILES[name]}?{query}"
    if has_files(admission):
        urls["files"] = f"{base}/files?{query}"
    if has_files(admission) and admission.link.permission is not Permission.VIEW:
        urls["archive"] = f"{base}/archive.zip?{query}"
    return urls


OPERATIONS = (
    Operation("share.link.validate", Scope.SHARES_READ, Effect.READ, Bucket.READ, validate_link, for_recipients=True),
    Operation("share.tile.render", Scope.SHARES_READ, Effect.READ, Bucket.TILES, render_tile, for_recipients=True),
    Operation("share.tile.preview", Scope.SHARES_READ, Effect.READ, Bucket.TILES, render_preview, for_recipients=True),
    Operation("share.tile.crop", Scope.SHARES_READ, Effect.READ, Bucket.READ, render_crop, for_recipients=True),
    Operation("share.tile.info", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_info, for_recipients=True),
    Operation("share.tilejson", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_tilejson, for_recipients=True),
    Operation("share.profiles.list", Scope.SHARES_READ, Effect.READ, Bucket.READ, list_profiles, for_recipients=True),
)
