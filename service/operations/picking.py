"""One item out of a collection, or out of what a saved map shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.item import ItemKind
from service.catalogue.membership import as_in
from service.errors import Gone, NotFound
from service.identifiers import ItemId
from service.operations.map_layers import layer_target
from service.operations.rendering import clip_extent

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.catalogue.item import Item
    from service.links.admission import Admission
    from service.operations.operation import Context


async def pick(context: Context, admission: Admission, item_id: str | None) -> Admission:
    """Return the admission to one item of what a link shares, rendered as it is there; None changes nothing.

    Raises NotFound `target_not_found` where the link does not share it, Gone `target_gone` where it did.
    """
    target = admission.target
    if item_id is None or target.id == item_id:
        return admission
    if not isinstance(target, Collection) and target.kind is ItemKind.MAP:
        return await _pick_layer(context, admission, target, item_id)
    item = None
    if isinstance(target, Collection):
        members = await context.services.mosaics.members(target)
        if ItemId(item_id) in members.by_id:
            item = await context.services.item_records.get(item_id)
    if item is None or item.is_gone or not isinstance(target, Collection) or not is_shared(context, admission, item):
        raise NotFound("target_not_found", "This link shares no item of this id.", field="item")
    return replace(admission, target=as_in(target, item))


async def _pick_layer(context: Context, admission: Admission, shown: Item, target_id: str) -> Admission:
    """Return the admission to what a layer of a map shows, by the profiles that the map shows it in."""
    found = await layer_target(context.services, shown, target_id)
    if found is None:
        raise NotFound("target_not_found", "This map has no layer of this id.", field="item")
    if found.is_gone:
        raise Gone("target_gone", "What this layer showed is no longer there.")
    if not is_shared(context, admission, found):
        raise NotFound("target_not_found", "This map has no layer of this id.", field="item")
    return replace(admission, target=found)


def is_shared(context: Context, admission: Admission, item: LinkTarget) -> bool:
    """Whether a part of something lies in the area that a link shares."""
    clip = context.services.areas.of(admission.link)
    return clip is None or item.extent is None or clip_extent(clip, item.extent) is not None
