"""Ready-made files for map clients: each has a key inside, so that the client needs nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.catalogue.credit import credit_line
from service.catalogue.item import Item
from service.errors import NotFound
from service.operations.admission.admit import admit
from service.operations.admission.recipient_models import Opened
from service.operations.admission.render_policy import outside_area, profile_for, shared_extent, usable_profiles
from service.operations.admission.times import times_of
from service.operations.core.operation import Bucket, Context, Document, Effect, Operation
from service.operations.links.views import link_url
from service.operations.recipient.map_style import StyleSource, features_style, map_style
from service.operations.recipient.qgis_layer import qgis_layer
from service.operations.recipient.shared_map import shared_map
from service.operations.recipient.value_models import LegendRequest
from service.operations.recipient.wmts import WmtsLayer, WmtsService, wmts_capabilities
from service.operations.recipient.wmts_grids import wmts_grids
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.operations.recipient.shared_map import SharedMap
    from tiling.models import TileSize


async def get_wmts_capabilities(context: Context, request: Opened) -> Document:
    """Return WMTS 1.0.0 capabilities: a layer for each profile."""
    admission = await admit(context, request)
    whole = shared_map(context, admission)
    maps = [shared_map(context, admission, profile_id=profile.id) for profile in usable_profiles(admission)] or [whole]
    require_pictures(whole, "WMTS")
    service = WmtsService(
        title=whole.name,
        description=whole.description,
        credit=whole.credit,
        address=whole.address("WMTSCapabilities.xml"),
        bounds=whole.bounds,
        grids=await context.services.threads.cpu.run(wmts_grids, context.services.images.grids, whole),
    )
    times = await times_of(context, admission)
    has_others = any(grid.matrix_set.id != WEB_MERCATOR_QUAD for grid in service.grids)
    return Document(body=wmts_capabilities(service, [_layer(each, times, has_others=has_others) for each in maps]))


async def get_style(context: Context, request: LegendRequest) -> Document:
    """Return a MapLibre style: the raster, or for a terrain profile a relief."""
    admission = await admit(context, request)
    if isinstance(admission.target, Item) and admission.target.features is not None:
        return Document(body=json.dumps(_style_of_features(context, admission)))
    return Document(body=json.dumps(map_style(_source(context, admission, request, tilesize=512))))


async def get_qgis_layer(context: Context, request: LegendRequest) -> Document:
    """Return a QGIS layer definition, which opens as a layer when it is dragged into QGIS."""
    source = _source(context, await admit(context, request), request, tilesize=256)
    require_pictures(source, "A QGIS layer file")
    return Document(body=qgis_layer(source))


async def draw_legend(context: Context, request: LegendRequest) -> Document:
    """Draw what the colours of a profile mean."""
    admission = await admit(context, request)
    profile, clip = (
        profile_for(admission, request.profile, request.render),
        context.services.images.areas.of(admission.link),
    )
    return Document(
        body=await context.services.images.values.legend_picture(admission.target, profile, clip, admission.flow)
    )


def require_pictures(shared: SharedMap | StyleSource, what: str) -> None:
    """Raise NotFound for vector tiles, which a kind of document has no words for."""
    if shared.tileset is not None and shared.tileset.format.is_vector:
        detail = f"{what} holds pictures, and these are vector tiles; open tilejson.json or style.json instead."
        raise NotFound("target_not_found", detail)


def _style_of_features(context: Context, admission: Admission) -> dict[str, object]:
    """Return the style of a GeoJSON item, with a key. Raises Forbidden where the link shares an area."""
    services, link, target = context.services, admission.link, admission.target
    if link.area is not None:
        raise outside_area()
    key, _ = services.links.authorizer.issue_key(admission, services.settings.map_key_lifetime, datetime.now(UTC))
    query = {"key": key} | ({} if admission.picked is None else {"item": admission.picked})
    address = f"{link_url(services, link)}/features.geojson?{urlencode(query)}"
    center = shared_extent(context, link, target).center
    return features_style(target.name, center, address, credit_line(target))


def _source(context: Context, admission: Admission, request: LegendRequest, *, tilesize: TileSize) -> StyleSource:
    shared = shared_map(context, admission, profile_id=request.profile, render=request.render)
    return StyleSource(
        name=shared.name,
        credit=shared.credit,
        license_url=shared.license_url,
        profile=shared.profile,
        tiles=shared.tiles(ImageFormat.PNG, tilesize),
        tilesize=tilesize if shared.tileset is None else (shared.tileset.tilesize or 512),
        tileset=shared.tileset,
        bounds=shared.bounds,
        center=shared.center,
        minzoom=shared.minzoom,
        maxzoom=shared.maxzoom,
        wmts="" if request.render is not None or shared.tileset is not None else shared.address("WMTSCapabilities.xml"),
    )


def _layer(shared: SharedMap, times: tuple[str, ...], *, has_others: bool) -> WmtsLayer:
    """`has_others`: whether there are other grids than web mercator's, whose addresses name none."""
    address, time = shared.tiles_of_any_grid if has_others else shared.tiles, "&datetime={time}" if times else ""
    return WmtsLayer(
        id=shared.profile.id,
        title=shared.profile.label,
        times=times,
        tiles=tuple((each.media_type, address(each) + time) for each in shared.formats),
    )


OPERATIONS = (
    Operation(
        "share.tile.wmts_capabilities",
        Scope.SHARES_READ,
        Effect.READ,
        Bucket.READ,
        get_wmts_capabilities,
        for_recipients=True,
        media_type="application/xml",
    ),
)
