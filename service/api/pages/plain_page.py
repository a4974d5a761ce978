"""What the share page shows where no script runs: pictures, texts and addresses, no map that moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from service.catalogue.collection import Collection
from service.catalogue.item import Item, ItemKind
from service.operations.admission.recipient_models import Opened
from service.operations.admission.select_target import is_shared, shared_targets
from service.operations.catalogue.map_layers import live_layers
from service.operations.core.markdown import render_markdown
from service.operations.files.file_tree import has_files
from service.operations.recipient.contents import get_content

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.links.admission import Admission
    from service.operations.core.operation import Context

PICTURE_SIZE = "1024"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPart:
    """One thing that a link shares."""

    name: str
    html: Markup | None = None
    """Safe to insert."""
    picture: str | None = None
    """Its address."""
    addresses: tuple[tuple[str, str], ...] = ()
    """Title and address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """What a link shares."""

    name: str
    description: Markup
    expires_at: str
    parts: tuple[PlainPart, ...]


async def plain_page(context: Context, token: str, base: str) -> Plain:
    """Return what a link shares with the holder of a key; `base`: the path of the page. Raises as admission does."""
    admission = await context.services.links.authorizer.admit(token, context.credential, context.client)
    link, target = admission.link, admission.target
    parts = list[PlainPart]()
    description = await context.services.threads.cpu.run(render_markdown, link.description or target.description)
    for shared in await shared_targets(context, admission):
        parts += await _parts(context, token, base, replace(admission, target=shared.target))
    return Plain(
        name=link.name or target.name,
        description=Markup(description),  # noqa: S704  (sanitised)
        expires_at=f"{link.expires_at:%d %B %Y, %H:%M} UTC" if link.expires_at else "",
        parts=tuple(parts),
    )


async def _parts(context: Context, token: str, base: str, admission: Admission) -> list[PlainPart]:
    """Return what is shown of one target, by the admission to it."""
    target, query = admission.target, dict[str, str]()
    if admission.picked is not None:
        query["item"] = admission.picked
    files = [PlainPart(name="", addresses=((f"Files of {target.name}", _address(base, "files", query)),))]
    return await _shown(context, token, base, admission, query) + (files if has_files(admission) else [])


async def _shown(
    context: Context, token: str, base: str, admission: Admission, query: dict[str, str]
) -> list[PlainPart]:
    target = admission.target
    if isinstance(target, Item) and target.dataset is not None:
        return []
    if isinstance(target, Collection) or target.extent is not None:
        return [_raster(target.name, base, query)]
    if target.kind is ItemKind.MAP:
        layers = await live_layers(context.services, target)
        await context.services.images.areas.prepare(admission.link, [live.target for live in layers])
        return [
            _raster(live.layer.name or live.target.name, base, _query_of(live.target, live.layer.profile))
            for live in layers
            if is_shared(context, admission, live.target)
        ]
    if target.kind is ItemKind.TEXT:
        shared = await get_content(context, Opened(token=token, item=query.get("item")))
        text = shared.text.html if shared.text else ""
        return [PlainPart(name=target.name, html=Markup(text))]  # noqa: S704  (sanitised)
    if target.kind is ItemKind.IMAGE:
        return [PlainPart(name=target.name, picture=_address(base, "preview.png", query | {"size": PICTURE_SIZE}))]
    return []


def _query_of(target: LinkTarget, profile: str | None) -> dict[str, str]:
    return {"item": target.id} | ({} if profile is None else {"profile": profile})


def _raster(name: str, base: str, query: dict[str, str]) -> PlainPart:
    return PlainPart(
        name=name,
        picture=_address(base, "preview.png", query | {"size": PICTURE_SIZE}),
        addresses=(("TileJSON, for map clients", _address(base, "tilejson.json", query)),),
    )


def _address(base: str, path: str, query: dict[str, str]) -> str:
    return f"{base}/{path}?{urlencode(query)}" if query else f"{base}/{path}"
