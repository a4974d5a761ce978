"""What recipients read of an item that is no raster: a text, a picture's address, a saved map."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.catalogue.collection import Collection
from service.catalogue.item import Item, ItemKind
from service.errors import NotFound
from service.operations.admission.recipient_models import Opened
from service.operations.admission.render_policy import shared_extent, usable_profiles
from service.operations.admission.select_target import is_shared, pick
from service.operations.catalogue.annotations import with_html
from service.operations.catalogue.content_models import (
    MapContent,
    SharedContent,
    SharedImage,
    SharedLayer,
    SharedMap,
    SharedText,
    TextContent,
)
from service.operations.catalogue.map_layers import LiveLayer, live_layers
from service.operations.core.markdown import render_markdown
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.views import link_url
from tiling.geometry.union import union_footprint

if TYPE_CHECKING:
    from service.identifiers import Flow
    from service.links.admission import Admission

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
PLAIN_SIZE = 1600
"""Pixels of a picture that is looked at on a page."""


async def get_content(context: Context, request: Opened) -> SharedContent:
    """Return a shared text, where a shared picture is, or what a shared map shows."""
    credential = context.credential_with(password=request.password, key=request.key)
    admission = await context.services.links.authorizer.admit(request.token, credential, context.client)
    admission = await pick(context, admission, request.item)
    item = admission.target
    if isinstance(item, Collection) or item.kind not in {ItemKind.TEXT, ItemKind.IMAGE, ItemKind.MAP}:
        detail = "The target is not a text, image or map; use share.tilejson for rasters and share.file.list for files."
        raise NotFound("target_not_found", detail, field="item")
    shared = SharedContent(kind=item.kind, name=item.name, description=item.description)
    if item.kind is ItemKind.TEXT:
        return shared.model_copy(update={"text": await _text(context, item, admission.flow)})
    base, query = link_url(context.services, admission.link), _query(context, admission)
    if item.kind is ItemKind.IMAGE:
        own = {} if request.item is None else {"item": request.item}
        return shared.model_copy(update={"image": await _image(context, item, base, query | own, admission.flow)})
    return shared.model_copy(update={"map": await _map(context, admission, item, base, query)})


async def _text(context: Context, item: Item, flow: Flow) -> SharedText:
    if item.content is not None:
        written = TextContent.model_validate(item.content).markdown
        return SharedText(markdown=written, html=await context.services.threads.cpu.run(render_markdown, written))
    written = await context.services.images.contents.text(item, flow)
    if PurePosixPath(item.path).suffix.lower() in MARKDOWN_SUFFIXES:
        return SharedText(markdown=written, html=await context.services.threads.cpu.run(render_markdown, written))
    return SharedText(markdown=written, html=f"<pre>{html.escape(written)}</pre>")


async def _image(context: Context, item: Item, base: str, query: dict[str, str], flow: Flow) -> SharedImage:
    picture = await context.services.images.contents.picture(item, flow)
    is_drawing = picture.media_type in {"image/png", "image/gif"} and not picture.is_animated
    image_format = "png" if is_drawing else "webp"
    address = f"{base}/preview.{image_format}?{urlencode(query | {'size': str(PLAIN_SIZE)})}"
    return SharedImage(
        url=address,
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        is_animated=picture.is_animated,
    )


async def _map(context: Context, admission: Admission, item: Item, base: str, query: dict[str, str]) -> SharedMap:
    content = await context.services.threads.cpu.run(MapContent.model_validate, item.content)
    found = await live_layers(context.services, item)
    await context.services.images.areas.prepare(admission.link, [layer.target for layer in found])
    layers = [layer for layer in found if is_shared(context, admission, layer.target)]
    boxes = [shared_extent(context, admission.link, layer.target).bounds for layer in layers]
    return SharedMap(
        bounds=union_footprint(boxes).bounds if boxes else None,
        camera=content.camera,
        basemap=content.basemap,
        layers=tuple(_layer(context, admission, layer, base, query) for layer in layers),
        annotations=content.annotations and await context.services.threads.cpu.run(with_html, content.annotations),
    )


def _layer(context: Context, admission: Admission, live: LiveLayer, base: str, query: dict[str, str]) -> SharedLayer:
    layer, target = live.layer, live.target
    extent = shared_extent(context, admission.link, target)
    profile = target.profile(layer.profile)
    is_said = layer.profile is not None or not profile.is_default
    asked = urlencode(query | {"item": target.id} | ({"profile": profile.id} if is_said else {}))
    return SharedLayer(
        id=target.id,
        type="collection" if isinstance(target, Collection) else "item",
        name=layer.name or target.name,
        opacity=layer.opacity,
        visible=layer.visible,
        profile=profile.id,
        profiles=usable_profiles(replace(admission, target=target)),
        bounds=extent.bounds,
        minzoom=admission.link.clamp_zoom(extent.minzoom),
        maxzoom=admission.link.clamp_zoom(extent.maxzoom),
        tiles=f"{base}/{{z}}/{{x}}/{{y}}.png?{asked}",
        tilejson=f"{base}/tilejson.json?{asked}",
    )


def _query(context: Context, admission: Admission) -> dict[str, str]:
    services = context.services
    lifetime, now = services.settings.map_key_lifetime, datetime.now(UTC)
    return {"key": services.links.authorizer.issue_key(admission, lifetime, now)[0]}


OPERATIONS = (
    Operation("share.content.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_content, for_recipients=True),
)
