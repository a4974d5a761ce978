"""What a link may point at: the type that a link says, and the kind of what is there, have to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.item import ItemKind
from service.errors import BadInput
from service.links.link import TargetType

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget


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
