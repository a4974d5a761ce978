"""What a link shares as a STAC item, or as a collection with items. All that it tells lies in the shared area.

Its addresses carry a key, as those of TileJSON and WMTS do, and end with it.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from service.accounts.api_keys import Scope
from service.catalogue.collection import Collection
from service.errors import NotFound
from service.links.link import Permission, TargetType
from service.operations.admission.admit import admit
from service.operations.admission.recipient_models import InTime
from service.operations.admission.render_policy import outside_area, shared_extent, usable_profiles
from service.operations.core.media_types import media_type
from service.operations.core.operation import Bucket, Context, Document, Effect, Operation
from service.operations.files.file_tree import has_files, tree_of
from service.operations.links.views import link_url
from service.operations.recipient.shared_map import shared_map
from service.operations.recipient.stac.documents import (
    COG,
    GEOJSON,
    JSON,
    PNG,
    XML,
    Described,
    interval_of,
    link,
    stac_collection,
    stac_item,
    times_of_item,
)
from tiling.geometry.geojson_shape import geojson_bbox, geojson_shape
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import Member
    from service.catalogue.item import Item
    from service.links.admission import Admission
    from service.operations.recipient.shared_map import SharedMap
    from tiling.geometry.clip import Clip

PREVIEW_SIZE = 512
"""Pixels of the longer side of a thumbnail."""
STAC = "stac"


async def get_stac(context: Context, request: InTime) -> Document:
    """Return a STAC item of a raster or an archive; of a collection, a STAC collection that leads to its items.

    Its addresses carry a key. The file itself is among its assets where the link gives files.
    """
    document, _ = await described(context, request)
    return document


async def described(context: Context, request: InTime) -> tuple[Document, str]:
    """Return what a link shares, and of which media type that is: an item is GeoJSON, a collection is not."""
    admission = await admit(context, request)
    shared = _shared(context, admission)
    if isinstance(admission.target, Collection):
        return Document(body=await _collection(context, admission, admission.target, shared)), JSON
    return Document(body=json.dumps(await _item(context, admission, admission.target, shared))), GEOJSON


def _shared(context: Context, admission: Admission) -> SharedMap:
    """Return the map of a link. Raises NotFound where it shares none, Forbidden where nothing lies in its area."""
    if not isinstance(admission.target, Collection) and admission.target.features is not None:
        raise NotFound("target_not_found", "STAC describes rasters and archives of tiles; open features.geojson.")
    return shared_map(context, admission)


async def _item(context: Context, admission: Admission, item: Item, shared: SharedMap) -> dict[str, Any]:
    services, shares = context.services, admission.link
    extent, clip = shared_extent(context, shares, item), services.images.areas.of(shares)
    geometry = await services.threads.cpu.run(geojson_shape, extent.box, clip)
    if geometry is None:
        raise outside_area()
    is_member = shares.target_type is TargetType.COLLECTION and not shares.names(item.id)
    above = _address(shared, picked=None)
    links = [link("self", _address(shared), GEOJSON), link("root", above, JSON if is_member else GEOJSON)]
    if is_member:
        links += [link("collection", above, JSON), link("parent", above, JSON)]
    about = Described(
        id=item.id,
        title=shared.name,
        description=shared.description,
        attribution=item.attribution,
        license=item.license,
        bbox=geojson_bbox(extent.box),
        links=(*links, *_maps(admission, shared)),
        assets=_thumbnail(shared) | await _file(context, admission, shared),
        has_maps=True,
    )
    return stac_item(
        about,
        geometry=geometry,
        times=times_of_item(item.period, item.created_at),
        raster=item.raster,
        is_whole=extent is item.raster,
        collection=shares.target_id if is_member else None,
    )


async def _collection(context: Context, admission: Admission, target: Collection, shared: SharedMap) -> str:
    services = context.services
    members, during = (await services.images.mosaics.members(target)).members, target.during
    if during is not None:
        members = tuple(member for member in members if during.meets(member.period))
    extent = shared_extent(context, admission.link, target)
    about = Described(
        id=target.id,
        title=shared.name,
        description=shared.description,
        attribution=target.attribution,
        license=target.license,
        bbox=geojson_bbox(extent.box),
        links=(link("self", _address(shared), JSON), link("root", _address(shared), JSON), *_maps(admission, shared)),
        assets=_thumbnail(shared),
        has_maps=True,
    )
    clip = services.images.areas.of(admission.link)
    return await services.threads.cpu.run(partial(_written, about, members, clip, shared))


def _written(about: Described, members: Sequence[Member], clip: Clip | None, shared: SharedMap) -> str:
    """Return a collection that leads to those of its items that lie in the shared area. Blocks."""
    inside = [member for member in members if clip is None or clip.meets(member.footprint)]
    document = stac_collection(about, interval_of([member.period for member in inside if member.period is not None]))
    document["links"] += [link("item", _address(shared, picked=member.item_id), GEOJSON) for member in inside]
    return json.dumps(document)


def _maps(admission: Admission, shared: SharedMap) -> list[dict[str, Any]]:
    """Return links to what map clients open."""
    tileset = shared.tileset
    maps = [link("tilejson", shared.address("tilejson.json"), JSON)]
    if tileset is not None and tileset.format.is_vector:
        return maps
    image = ImageFormat.PNG if tileset is None else tileset.format
    maps.append(link("xyz", shared.tiles(ImageFormat.PNG), image.media_type))
    layers = [profile.id for profile in usable_profiles(admission)] or [shared.profile.id]
    maps.append(link("wmts", shared.address("WMTSCapabilities.xml"), XML, **{"wmts:layer": layers}))
    return maps


def _thumbnail(shared: SharedMap) -> dict[str, dict[str, Any]]:
    if shared.tileset is not None:
        return {}
    href = f"{shared.address('preview.png')}&{urlencode({'size': PREVIEW_SIZE})}"
    return {"thumbnail": {"href": href, "type": PNG, "title": "Preview", "roles": ["thumbnail"]}}


async def _file(context: Context, admission: Admission, shared: SharedMap) -> dict[str, dict[str, Any]]:
    """Return the asset that is the file; none where the link gives no files, or shares only a part of what is in it."""
    shares = admission.link
    is_part = any(limit is not None for limit in shares.pixel_limits)
    if shares.permission is Permission.VIEW or is_part or not has_files(admission):
        return {}
    path = (await tree_of(context, admission)).only_file
    if not path:
        return {}
    kept = {name: value for name, value in shared.query if name in {"key", "item"}}
    href = f"{link_url(context.services, shares)}/files/{quote(path)}?{urlencode(kept)}"
    kind = COG if path.lower().endswith((".tif", ".tiff")) else media_type(path)
    return {"data": {"href": href, "type": kind, "title": path, "roles": ["data"]}}


def _address(shared: SharedMap, picked: str | None = "") -> str:
    """Return the address of a document: of the same, of the link's own (None), or of an item."""
    query = dict(shared.query)
    query.pop("profile", None)
    if picked is None:
        query.pop("item", None)
    elif picked:
        query.pop("datetime", None)
        query["item"] = picked
    return f"{shared.base}/{STAC}?{urlencode(query)}"


OPERATIONS = (
    Operation(
        "share.stac.get",
        Scope.SHARES_READ,
        Effect.READ,
        Bucket.READ,
        get_stac,
        for_recipients=True,
        media_type=GEOJSON,
    ),
)
