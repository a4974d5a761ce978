"""Items as rows of their table."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import Row

from service.catalogue.credit import License
from service.catalogue.item import Item, ItemKind
from service.catalogue.period import Period
from service.identifiers import ItemId, ProjectId
from tiling.archives.tileset import TilesetDescription
from tiling.features.geojson import FeaturesDescription
from tiling.models import Profile, RasterDescription

RASTER = TypeAdapter(RasterDescription | None)
LICENSE = TypeAdapter(License | None)
DATASET = TypeAdapter(TilesetDescription | FeaturesDescription | None)
PROFILES = TypeAdapter(tuple[Profile, ...])


def item_values(item: Item) -> dict[str, object]:
    """Return the columns of an item."""
    return {
        "id": item.id,
        "project_id": item.project_id,
        "kind": item.kind,
        "name": item.name,
        "description": item.description,
        "root": item.root,
        "path": item.path,
        "raster": from_json(RASTER.dump_json(item.raster)),  # not dump_python, which leaves NaN as it is
        "dataset": from_json(DATASET.dump_json(item.dataset)),
        "datetime": None if item.period is None else str(item.period),
        "profiles": from_json(PROFILES.dump_json(item.profiles)),
        "warnings": list(item.warnings),
        "version": item.version,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "deleted_at": item.deleted_at,
        "attribution": item.attribution,
        "license": LICENSE.dump_python(item.license, mode="json"),
        "content": item.content,
    }


def item_of(row: Row[Any]) -> Item:
    """Return the item of a row."""
    return Item(
        id=ItemId(row.id),
        project_id=ProjectId(row.project_id),
        kind=ItemKind(row.kind),
        name=row.name,
        description=row.description,
        root=row.root,
        path=row.path,
        raster=RASTER.validate_python(row.raster),
        dataset=DATASET.validate_python(row.dataset),
        period=None if row.datetime is None else Period.parse(row.datetime),
        profiles=PROFILES.validate_python(row.profiles),
        warnings=tuple(row.warnings),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        attribution=row.attribution,
        license=LICENSE.validate_python(row.license),
        content=row.content,
    )
