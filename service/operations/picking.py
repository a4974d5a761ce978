"""One item out of a collection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.membership import as_in
from service.errors import NotFound
from service.identifiers import ItemId

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.operations.operation import Context


async def pick(context: Context, admission: Admission, item_id: str | None) -> Admission:
    """Return the admission to one item of what a link shares, rendered as it is there; None changes nothing.

    Raises NotFound `target_not_found` where the link does not share it.
    """
    target = admission.target
    if item_id is None or target.id == item_id:
        return admission
    item = None
    if isinstance(target, Collection):
        members = await context.services.mosaics.members(target)
        if ItemId(item_id) in members.by_id:
            item = await context.services.item_records.get(item_id)
    if item is None or item.is_gone or not isinstance(target, Collection):
        raise NotFound("target_not_found", "This link shares no item of this id.", field="item")
    return replace(admission, target=as_in(target, item))
