"""What a saved map shows: its layers, as they are today."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from service.catalogue.collection import LinkTarget
from service.catalogue.item import ItemKind
from service.errors import BadInput
from service.identifiers import CollectionId, ItemId
from service.operations.catalogue.content_models import MapContent, MapLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.item import Item
    from service.identifiers import ProjectId
    from service.operations.core.services import Services

LAYERS = TypeAdapter(tuple[MapLayer, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLayer:
    """A layer whose item or collection is still there."""

    layer: MapLayer
    target: LinkTarget


def layers_of(item: Item) -> tuple[MapLayer, ...]:
    """Return the layers of a map, the first one on top; none where the item is no map."""
    if item.kind is not ItemKind.MAP or not isinstance(item.content, dict):
        return ()
    return LAYERS.validate_python(item.content.get("layers", ()))


async def live_layers(services: Services, item: Item) -> list[LiveLayer]:
    """Return the layers of a map whose targets are still there, with the profiles that the map shows."""
    layers = layers_of(item)
    targets = await asyncio.gather(*(_record(services, layer) for layer in layers))
    return [
        LiveLayer(layer=layer, target=target)
        for layer, found in zip(layers, targets, strict=True)
        if (target := _shown(found, (layer,))) is not None
    ]


async def layer_target(services: Services, item: Item, target_id: str) -> LinkTarget | None:
    """Return what a layer of a map shows, by its id, also where it is gone; None where the map has no such layer."""
    layers = tuple(layer for layer in layers_of(item) if layer.target_id == target_id)
    if not layers:
        return None
    found = await _record(services, layers[0])
    return found if found is None or found.is_gone else _shown(found, layers)


async def check_layers(services: Services, project_id: ProjectId, content: MapContent) -> None:
    """Raise BadInput for a layer that is no raster of the project, or has no such profile."""
    targets = await asyncio.gather(*(_stored(services, layer) for layer in content.layers))
    for position, (layer, target) in enumerate(zip(content.layers, targets, strict=True)):
        place = f"content.layers.{position}"
        kind = "collection" if layer.collection_id else "item"
        if target is None or target.is_gone or target.project_id != project_id:
            raise BadInput("field_invalid", f"There is no such {kind} in this project.", field=f"{place}.{kind}_id")
        if target.extent is None or not target.profiles:
            raise BadInput("field_invalid", "This item is not a raster.", field=f"{place}.item_id")
        names = [profile.id for profile in target.profiles]
        if layer.profile is not None and layer.profile not in names:
            detail = f"The {kind} has no such profile; there are: {', '.join(names)}."
            raise BadInput("field_invalid", detail, field=f"{place}.profile")


def _shown(target: LinkTarget | None, layers: Sequence[MapLayer]) -> LinkTarget | None:
    """Return a target with the profiles that some layers show of it; None where nothing of it is left."""
    if target is None or target.is_gone or target.extent is None or not target.profiles:
        return None
    wanted = {layer.profile for layer in layers}
    if None in wanted:
        return target
    profiles = tuple(profile for profile in target.profiles if profile.id in wanted)
    if not profiles:
        return None
    default = next((profile for profile in profiles if profile.is_default), profiles[0])
    return replace(target, profiles=tuple(replace(each, is_default=each is default) for each in profiles))


async def _record(services: Services, layer: MapLayer) -> LinkTarget | None:
    if layer.collection_id is not None:
        return await services.records.collections.get(layer.collection_id)
    return await services.records.items.get(layer.target_id)


async def _stored(services: Services, layer: MapLayer) -> LinkTarget | None:
    if layer.collection_id is not None:
        return await services.catalogue.collections.get(CollectionId(layer.collection_id))
    return await services.catalogue.items.get(ItemId(layer.target_id))
