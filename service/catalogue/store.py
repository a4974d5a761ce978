"""SQL of items."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, tuple_, update

from service.catalogue.collection_rows import renew_collections
from service.catalogue.item import ItemKind
from service.catalogue.item_rows import item_of, item_values
from service.database.outbox import Change, note_change
from service.database.tables import items
from service.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.catalogue.item import Item
    from service.identifiers import ItemId, ProjectId


class ItemStore:
    """Reads and writes items. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, item: Item) -> None:
        """Store a new item."""
        async with self._engine.begin() as connection:
            await connection.execute(insert(items).values(item_values(item)))

    async def get(self, item_id: ItemId) -> Item | None:
        """Return an item, also a deleted one."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(items).where(items.c.id == item_id))).one_or_none()
        return None if row is None else item_of(row)

    async def get_all(self, item_ids: Sequence[str]) -> Sequence[Item]:
        """Return those of some items that there are, also deleted ones, in any order."""
        async with self._engine.connect() as connection:
            return [item_of(row) for row in await connection.execute(select(items).where(items.c.id.in_(item_ids)))]

    async def find(self, project_id: ProjectId, root: str, path: str) -> Item | None:
        """Return the newest live item of a project that is this file."""
        where = (items.c.project_id == project_id) & (items.c.root == root) & (items.c.path == path)
        query = select(items).where(where, items.c.deleted_at.is_(None)).order_by(items.c.created_at.desc()).limit(1)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else item_of(row)

    async def in_files(self, project_id: ProjectId) -> list[Item]:
        """Return the live items of a project that lie in files or are folders."""
        where = (items.c.project_id == project_id) & (items.c.root != "") & items.c.deleted_at.is_(None)
        async with self._engine.connect() as connection:
            return [item_of(row) for row in await connection.execute(select(items).where(where))]

    async def folders(self) -> list[tuple[str, str]]:
        """Return root and path of all items that are folders, also of deleted ones."""
        query = select(items.c.root, items.c.path).where(items.c.kind == ItemKind.DIRECTORY).distinct()
        async with self._engine.connect() as connection:
            return [(row.root, row.path) for row in await connection.execute(query)]

    async def save(self, item: Item) -> Item:
        """Store a changed item under the next version and put it into the outbox; return it as it is then.

        In the same step the collections that hold it follow, and are put into the outbox.
        Raises Conflict where somebody else has changed it since it was read.
        """
        saved = replace(item, version=item.version + 1, updated_at=datetime.now(UTC))
        where = (items.c.id == item.id) & (items.c.version == item.version)
        async with self._engine.begin() as connection:
            changed = await connection.execute(update(items).where(where).values(item_values(saved)))
            if changed.rowcount == 0:
                raise Conflict(
                    "already_changed",
                    "The item was changed by another request at the same time; read it and try again.",
                )
            await note_change(connection, Change(kind="item", record_id=saved.id, version=saved.version))
            await renew_collections(connection, saved)
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
            return [item_of(row) for row in await connection.execute(query)]
