"""SQL of items."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import Row, insert, select, tuple_, update

from service.catalogue.item import Item, ItemKind
from service.database.outbox import Change, note_change
from service.database.tables import items
from service.errors import Conflict
from service.identifiers import ItemId, ProjectId
from tiling.models import Profile, RasterDescription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

RASTER = TypeAdapter(RasterDescription | None)
PROFILES = TypeAdapter(tuple[Profile, ...])


class ItemStore:
    """Reads and writes items. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, item: Item) -> None:
        """Store a new item."""
        async with self._engine.begin() as connection:
            await connection.execute(insert(items).values(_values(item)))

    async def get(self, item_id: ItemId) -> Item | None:
        """Return an item, also a deleted one."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(items).where(items.c.id == item_id))).one_or_none()
        return None if row is None else _item(row)

    async def find(self, project_id: ProjectId, root: str, path: str) -> Item | None:
        """Return the newest live item of a project that is this file."""
        where = (items.c.project_id == project_id) & (items.c.root == root) & (items.c.path == path)
        query = select(items).where(where, items.c.deleted_at.is_(None)).order_by(items.c.created_at.desc()).limit(1)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _item(row)

    async def save(self, item: Item) -> Item:
        """Store a changed item under the next version and put it into the outbox; return it as it is then.

        Raises Conflict where somebody else has changed it since it was read.
        """
        saved = replace(item, version=item.version + 1, updated_at=datetime.now(UTC))
        where = (items.c.id == item.id) & (items.c.version == item.version)
        async with self._engine.begin() as connection:
            changed = await connection.execute(update(items).where(where).values(_values(saved)))
            if changed.rowcount == 0:
                raise Conflict("already_changed", "Somebody else changed this item at the same time; read it again.")
            await note_change(connection, Change(kind="item", record_id=saved.id, version=saved.version))
        return saved

    async def list(
        self, project_ids: Sequence[ProjectId], *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Item]:
        """Return live items of some projects, oldest first, that come after `(created_at, id)`."""
        query = select(items).where(items.c.project_id.in_(project_ids), items.c.deleted_at.is_(None))
        if after is not None:
            query = query.where(tuple_(items.c.created_at, items.c.id) > tuple_(*after))
        query = query.order_by(items.c.created_at, items.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [_item(row) for row in await connection.execute(query)]


def _values(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "project_id": item.project_id,
        "kind": item.kind,
        "name": item.name,
        "description": item.description,
        "root": item.root,
        "path": item.path,
        "raster": from_json(RASTER.dump_json(item.raster)),  # not dump_python, which leaves NaN as it is
        "profiles": from_json(PROFILES.dump_json(item.profiles)),
        "warnings": list(item.warnings),
        "version": item.version,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "deleted_at": item.deleted_at,
    }


def _item(row: Row[Any]) -> Item:
    return Item(
        id=ItemId(row.id),
        project_id=ProjectId(row.project_id),
        kind=ItemKind(row.kind),
        name=row.name,
        description=row.description,
        root=row.root,
        path=row.path,
        raster=RASTER.validate_python(row.raster),
        profiles=PROFILES.validate_python(row.profiles),
        warnings=tuple(row.warnings),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
