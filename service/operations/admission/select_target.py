"""One thing out of all that a link shares: of a bundle, of a collection, of what a saved map shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.membership import as_in
from service.errors import Gone, NotFound
from service.identifiers import ItemId
from service.links.link import TargetType
from service.operations.catalogue.map_layers import layer_target

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.links.admission import Admission
    from service.links.link import TargetRef
    from service.operations.core.operation import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One thing that a link shares, as it is now."""

    target_type: TargetType
    target: LinkTarget


async def shared_targets(context: Context, admission: Admission) -> list[Shared]:
    """Return what is still there of all that a link shares, as far as it lies in its area; the main target first."""
    refs = (admission.link.main, *admission.link.targets)
    found = await asyncio.gather(*(_load(context, ref) for ref in refs))
    await context.services.images.areas.prepare(admission.link, [target for target in found if target is not None])
    return [
        Shared(target_type=ref.target_type, target=target)
        for ref, target in zip(refs, found, strict=True)
        if target is not None and not target.is_gone and is_shared(context, admission, target)
    ]


async def pick(context: Context, admission: Admission, item_id: str | None) -> Admission:
    """Return the admission to one thing of what a link shares; None changes nothing.

    That is a target of its bundle, an item of one of its collections or a layer of one of its maps, rendered as it is
    there. Raises NotFound `target_not_found` where the link does not share it, Gone `target_gone` where it did.
    """
    link = admission.link
    if link.area is not None:
        await context.services.images.areas.prepare(link, [admission.target])
    if item_id is None or admission.target.id == item_id:
        return admission
    for ref in (link.main, *link.targets):
        if ref.target_id == item_id:
            return await _picked(context, admission, _still_there(await _load(context, ref)))
    for ref in (link.main, *link.targets):
        whole = await _load(context, ref)
        part = await _part(context, whole, item_id)
        if part is not None:
            return replace(await _picked(context, admission, part), is_layer=not isinstance(whole, Collection))
    raise _not_shared()


def is_shared(context: Context, admission: Admission, item: LinkTarget) -> bool:
    """Whether a part of something lies in the area that a link shares."""
    return item.extent is None or context.services.images.areas.extent(admission.link, item.extent) is not None


async def _picked(context: Context, admission: Admission, target: LinkTarget) -> Admission:
    await context.services.images.areas.prepare(admission.link, [target])
    if not is_shared(context, admission, target):
        raise _not_shared()
    return replace(admission, target=target)


def _not_shared() -> NotFound:
    return NotFound("target_not_found", "This link does not share an item with this id.", field="item")


async def _load(context: Context, ref: TargetRef) -> LinkTarget | None:
    if ref.target_type is TargetType.COLLECTION:
        return await context.services.records.collections.get(ref.target_id)
    return await context.services.records.items.get(ref.target_id)


async def _part(context: Context, whole: LinkTarget | None, item_id: str) -> LinkTarget | None:
    """Return a part of a collection or a map as it looks there, or None where there is none. Raises Gone."""
    if whole is None or whole.is_gone:
        return None
    if not isinstance(whole, Collection):
        layer = await layer_target(context.services, whole, item_id)
        return None if layer is None else _still_there(layer)
    members = await context.services.images.mosaics.members(whole)
    item = await context.services.records.items.get(item_id) if ItemId(item_id) in members.by_id else None
    return None if item is None or item.is_gone else as_in(whole, item)


def _still_there(target: LinkTarget | None) -> LinkTarget:
    if target is None or target.is_gone:
        raise Gone("target_gone", "What this link shared is no longer there.")
    return target
