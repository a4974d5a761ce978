"""What a new item is: found out from its file, or from the content that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from service.catalogue.grants import require_grant
from service.catalogue.item import ItemKind
from service.errors import BadInput
from service.identifiers import ProjectId
from service.operations.catalogue.content_models import MapContent, TextContent
from service.operations.catalogue.folders import find_folder
from service.operations.catalogue.foreign import conversion_warnings, with_command
from service.operations.catalogue.map_layers import check_layers
from tiling.archives.tileset import TilesetDescription
from tiling.features.geojson import FeaturesDescription
from tiling.models import RasterDescription

if TYPE_CHECKING:
    from service.accounts.members import Project
    from service.catalogue.item import Item
    from service.identifiers import Flow
    from service.operations.catalogue.collection_models import CollectionUpdate
    from service.operations.catalogue.item_models import ItemCreate, ItemUpdate
    from service.operations.core.services import Services

RASTER_SUFFIXES = frozenset({".tif", ".tiff", ".gtiff", ".cog", ".jp2", ".j2k"})
KIND_OF_SUFFIX = {
    **dict.fromkeys((".md", ".txt", ".markdown"), ItemKind.TEXT),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), ItemKind.IMAGE),
    ".geojson": ItemKind.GEOJSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a new item."""

    kind: ItemKind
    name: str
    path: str = ""
    """Below the root; empty for a whole root, and for what lies in no file."""
    raster: RasterDescription | None = None
    dataset: TilesetDescription | FeaturesDescription | None = None
    content: JsonValue = None
    warnings: tuple[str, ...] = ()


async def read_file(services: Services, project: Project, request: ItemCreate, flow: Flow) -> Found:
    """Find out what a file is. Raises BadInput where it is not there, not granted, or not what it should be."""
    root, path = request.root, request.path
    if root is None or path is None:
        field = "root" if root is None else "path"
        raise BadInput("field_missing", f"The field {field} is required, unless content is given.", field=field)
    if request.kind is ItemKind.MAP:
        raise BadInput("field_missing", "A map has no file; give its content.", field="content")
    await require_grant(
        await services.accounts.store.root_grants.of_project(project), services.catalogue.roots, root, path
    )
    folder = await find_folder(services, root, path, request.kind)
    if folder is not None:
        name = request.name or PurePosixPath(folder).name or root
        return Found(kind=ItemKind.DIRECTORY, name=name, path=folder)
    name, suffix = request.name or PurePosixPath(path).name, PurePosixPath(path).suffix.lower()
    kind = request.kind or (ItemKind.RASTER if suffix in RASTER_SUFFIXES else KIND_OF_SUFFIX.get(suffix, ItemKind.FILE))
    if request.kind is None and kind is ItemKind.FILE and await services.images.datasets.is_archive(root, path, flow):
        kind = ItemKind.PMTILES
    if kind is ItemKind.RASTER:
        raster = await _inspect_raster(services, root, path, flow)
        return Found(kind=kind, name=name, path=path, raster=raster, warnings=raster.warnings)
    if kind is ItemKind.PMTILES:
        tileset = await services.images.datasets.inspect_archive(root, path, flow)
        return Found(kind=kind, name=name, path=path, dataset=tileset, warnings=tileset.warnings)
    try:
        if kind is ItemKind.GEOJSON:
            features = await services.images.datasets.inspect_features(root, path, flow)
            return Found(kind=kind, name=name, path=path, dataset=features)
        await _check_content(services, kind, root, path, flow)
    except BadInput as exc:
        if request.kind is not None or exc.field != "path":
            raise
        return Found(kind=ItemKind.FILE, name=name, path=path, warnings=(f"{exc.detail} It is shared as a file.",))
    warnings = await conversion_warnings(services, root, path) if request.kind is None else ()
    return Found(kind=kind, name=name, path=path, warnings=warnings)


async def read_content(services: Services, request: ItemCreate, content: TextContent | MapContent) -> Found:
    """Return what is given in place of a file. Raises BadInput."""
    for field in ("root", "path", "profiles"):
        if getattr(request, field):
            raise BadInput("field_invalid", f"Give {field} or content, not both.", field=field)
    kind = _kind_of(content)
    if request.kind not in {None, kind}:
        raise BadInput("field_invalid", f"This is the content of a {kind}; change kind, or leave it out.", field="kind")
    if not request.name:
        raise BadInput("field_missing", "name is required for an item without a file.", field="name")
    if isinstance(content, MapContent):
        await check_layers(services, ProjectId(request.project_id), content)
    return Found(kind=kind, name=request.name, content=_stored(content))


async def changed_content(services: Services, item: Item, content: TextContent | MapContent) -> JsonValue:
    """Return the new content of an item. Raises BadInput where it is of another kind, or lies in a file."""
    if item.content is None:
        raise BadInput(
            "field_invalid", "The content of this item is in its file; replace the file instead.", field="content"
        )
    if _kind_of(content) is not item.kind:
        raise BadInput(
            "field_invalid",
            f"This is not the content of a {item.kind}; the kind of an item cannot change.",
            field="content",
        )
    if isinstance(content, MapContent):
        await check_layers(services, item.project_id, content)
    return _stored(content)


def changed_credit(request: ItemUpdate | CollectionUpdate) -> dict[str, Any]:
    """Return the fields of attribution and licence that a request changes: those that it names."""
    changed: dict[str, Any] = {} if request.attribution is None else {"attribution": request.attribution}
    return changed | ({"license": request.license} if "license" in request.model_fields_set else {})


async def _inspect_raster(services: Services, root: str, path: str, flow: Flow) -> RasterDescription:
    try:
        return await services.images.tiles.inspect(root, path, flow)
    except BadInput as exc:
        raise with_command(exc, path) from exc


async def _check_content(services: Services, kind: ItemKind, root: str, path: str, flow: Flow) -> None:
    if kind is ItemKind.IMAGE:
        await services.images.contents.inspect_picture(root, path, flow)
    elif kind is ItemKind.TEXT:
        await services.images.contents.inspect_text(root, path, flow)


def _kind_of(content: TextContent | MapContent) -> ItemKind:
    return ItemKind.TEXT if isinstance(content, TextContent) else ItemKind.MAP


def _stored(content: TextContent | MapContent) -> JsonValue:
    stored: JsonValue = content.model_dump(mode="json", exclude_none=True)
    return stored
