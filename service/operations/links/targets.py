"""What a link may point at: it is there, the caller may share it, and it is what the link says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.members import Role
from service.catalogue.collection import Collection
from service.catalogue.item import ItemKind
from service.errors import BadInput, TilegateError
from service.links.link import TargetRef, TargetType
from service.operations.catalogue.collections import collection_for
from service.operations.catalogue.items import item_for

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from service.catalogue.collection import LinkTarget
    from service.operations.core.operation import Context


async def target_for(context: Context, ref: TargetRef) -> LinkTarget:
    """Return a live target on whose project the caller is an editor.

    Raises NotFound `target_not_found`, Forbidden `not_project_editor`, BadInput where it is not of that type.
    """
    if ref.target_type is TargetType.COLLECTION:
        return await collection_for(context, ref.target_id, Role.EDITOR)
    item = await item_for(context, ref.target_id, Role.EDITOR)
    check_type(ref.target_type, item)
    return item


async def further_targets(
    context: Context, main: TargetRef, refs: Sequence[TargetRef], known: Container[TargetRef] = ()
) -> list[LinkTarget]:
    """Return the rest of a bundle, each checked as `target_for` does; what is `known` was checked before.

    Raises what `target_for` raises, with the field at fault, and BadInput where something is named twice.
    """
    found: list[LinkTarget] = []
    seen = {main.target_id}
    for position, ref in enumerate(refs):
        if ref.target_id in seen:
            raise BadInput("field_invalid", "This target is listed twice.", field=f"targets.{position}")
        seen.add(ref.target_id)
        if ref not in known:
            found.append(await _checked(context, ref, f"targets.{position}"))
    return found


async def _checked(context: Context, ref: TargetRef, field: str) -> LinkTarget:
    try:
        return await target_for(context, ref)
    except TilegateError as exc:
        raise type(exc)(exc.code, exc.detail, field=f"{field}.{exc.field or 'target_id'}") from exc


def check_type(target_type: TargetType, target: LinkTarget) -> None:
    """Raise BadInput `field_invalid` where a link of this type cannot point at a target; say which one can."""
    if isinstance(target, Collection):
        return
    is_folder = target.kind is ItemKind.DIRECTORY
    if is_folder != (target_type is TargetType.DIRECTORY):
        fitting = TargetType.DIRECTORY if is_folder else _type_of(target.path)
        detail = f"This item is of kind {target.kind}: share it as target_type {fitting}."
        raise BadInput("field_invalid", detail, field="target_type")
    if target_type is TargetType.FILE and not target.path:
        detail = f"This item of kind {target.kind} has no file: share it as target_type {TargetType.ITEM}."
        raise BadInput("field_invalid", detail, field="target_type")


def _type_of(path: str) -> str:
    return f"{TargetType.ITEM} or {TargetType.FILE}" if path else TargetType.ITEM
