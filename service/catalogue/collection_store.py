"""SQL of collections."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, tuple_

from service.catalogue.collection_rows import (
    MEMBERS,
    RECORD,
    collection_of,
    collection_values,
    members_json,
    read_items,
    write_collection,
)
from service.catalogue.membership import in_order, put_together
from service.database.tables import collection_items, collections
from service.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.catalogue.collection import Collection, Member
    from service.identifiers import CollectionId, ItemId, ProjectId


class CollectionStore:
    """Reads and writes collections. Every method is one transaction.

    Items are locked before their collections, here and where an item is saved: so nobody waits in a circle.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, collection: Collection, item_ids: Sequence[ItemId]) -> Collection:
        """Store a new collection of some items; return it as it is then. Raises BadInput as `membership` does."""
        async with self._writing() as connection:
            found = await read_items(connection, item_ids, share=True)
            held = in_order(item_ids, found, collection.project_id)
            added = put_together(collection, held)
            values = collection_values(added) | {"members": members_json(held)}
            await connection.execute(insert(collections).values(values))
            await _note_items(connection, added.id, item_ids)
        return added

    async def get(self, collection_id: CollectionId) -> Collection | None:
        """Return a collection, also a deleted one."""
        async with self._engine.connect() as connection:
            query = select(*RECORD).where(collections.c.id == collection_id)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else collection_of(row)

    async def members(self, collection_id: CollectionId) -> tuple[int, tuple[Member, ...]] | None:
        """Return what a mosaic needs of each item, in order, and the version of that."""
        query = select(collections.c.members_version, collections.c.members).where(collections.c.id == collection_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (row.members_version, MEMBERS.validate_python(row.members))

    async def save(self, before: Collection, after: Collection, item_ids: Sequence[ItemId] | None = None) -> Collection:
        """Store a changed collection under the next version and put it into the outbox; return it as it is then.

        `item_ids`: its items, where they are to change or its own profiles do. Raises Conflict where somebody else has
        changed it since it was read, BadInput as `membership` does.
        """
        async with self._writing() as connection:
            held = None
            if item_ids is not None:
                found = await read_items(connection, item_ids, share=True)
                held = in_order(item_ids, found, after.project_id)
                after = put_together(after, held)
            saved = await write_collection(connection, before, after, held)
            if saved is None:
                detail = "The collection was changed by another request at the same time; read it and try again."
                raise Conflict("already_changed", detail)
            if item_ids is not None or saved.deleted_at is not None:
                await _note_items(connection, saved.id, () if saved.deleted_at else item_ids or ())
        return saved

    async def holding(self, item_id: ItemId) -> list[Collection]:
        """Return the live collections that hold an item."""
        ids = select(collection_items.c.collection_id).where(collection_items.c.item_id == item_id)
        async with self._engine.connect() as connection:
            return [
                collection_of(row) for row in await connection.execute(select(*RECORD).where(collections.c.id.in_(ids)))
            ]

    async def list(
        self, project_ids: Sequence[ProjectId], *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Collection]:
        """Return live collections of some projects, oldest first, that come after `(created_at, id)`."""
        query = select(*RECORD).where(collections.c.project_id.in_(project_ids), collections.c.deleted_at.is_(None))
        if after is not None:
            query = query.where(tuple_(collections.c.created_at, collections.c.id) > tuple_(*after))
        query = query.order_by(collections.c.created_at, collections.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [collection_of(row) for row in await connection.execute(query)]

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a transaction that reads nothing which another one changes before it ends."""
        async with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN IMMEDIATE")  # else the driver begins with the first write
            yield connection


async def _note_items(connection: AsyncConnection, collection_id: CollectionId, item_ids: Sequence[ItemId]) -> None:
    await connection.execute(delete(collection_items).where(collection_items.c.collection_id == collection_id))
    if item_ids:
        rows = [{"collection_id": collection_id, "item_id": item_id} for item_id in item_ids]
        await connection.execute(insert(collection_items), rows)
