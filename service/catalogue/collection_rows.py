"""Collections as rows of their tables, and keeping them in step with their items, inside an open transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import Row, delete, select, update

from service.catalogue.collection import Collection, Member
from service.catalogue.item_rows import LICENSE, PROFILES, item_of
from service.catalogue.membership import member_of, put_together_again
from service.database.outbox import Change, note_change
from service.database.tables import collection_items, collections, items
from service.identifiers import CollectionId, ItemId, ProjectId
from tiling.geometry.union import Extent
from tiling.models import PixelSelection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.catalogue.item import Item

EXTENT = TypeAdapter(Extent)
MEMBERS = TypeAdapter(tuple[Member, ...])
ROWS_AT_ONCE = 200
"""So that the event loop is not held while thousands are read."""
RECORD = [column for column in collections.c if column.name != "members"]


async def read_items(connection: AsyncConnection, ids: Iterable[ItemId], *, share: bool) -> dict[ItemId, Item]:
    """Return items by id, also deleted ones. `share`: nobody changes them until the transaction ends."""
    found: dict[ItemId, Item] = {}
    for part in _parts(sorted(set(ids))):
        query = select(items).where(items.c.id.in_(part))
        rows = await connection.execute(query.with_for_update(read=True) if share else query)
        found |= {ItemId(row.id): item_of(row) for row in rows}
    return found


async def renew_collections(connection: AsyncConnection, item: Item) -> None:
    """Bring the collections that hold a changed item up to date, and put those that it changes into the outbox.

    A deleted item leaves them. Their rows are locked first, so that of two items that change at once the second sees
    what the first did.
    """
    where = collections.c.id.in_(select(collection_items.c.collection_id).where(collection_items.c.item_id == item.id))
    query = select(collections).where(where).order_by(collections.c.id).with_for_update()
    rows = (await connection.execute(query)).all()
    for row in rows:
        await _renew(connection, row)
    if item.deleted_at is not None:
        await connection.execute(delete(collection_items).where(collection_items.c.item_id == item.id))


async def _renew(connection: AsyncConnection, row: Row[Any]) -> None:
    before = collection_of(row)
    order = [member.item_id for member in MEMBERS.validate_python(row.members)]
    found = await read_items(connection, order, share=False)
    live = [found[item_id] for item_id in order if found[item_id].deleted_at is None]
    after, members = put_together_again(before, live), members_json(live)
    if after == before and members == row.members:
        return
    await write_collection(connection, before, after, live)


async def write_collection(
    connection: AsyncConnection, before: Collection, after: Collection, held: Sequence[Item] | None
) -> Collection | None:
    """Store a changed collection under the next version and put it into the outbox; return it as it is then.

    `held`: its items, where they or their order changed. Returns None where it is not as it was `before` any more.
    """
    version = before.version + 1
    members_version = before.members_version if held is None else version
    saved = replace(after, version=version, members_version=members_version, updated_at=datetime.now(UTC))
    values = collection_values(saved) | ({} if held is None else {"members": members_json(held)})
    where = (collections.c.id == before.id) & (collections.c.version == before.version)
    changed = await connection.execute(update(collections).where(where).values(values))
    if changed.rowcount == 0:
        return None
    await note_change(connection, Change(kind="collection", record_id=saved.id, version=saved.version))
    return saved


def members_json(held: Sequence[Item]) -> object:
    """Return the column that holds what a mosaic needs of each item."""
    return from_json(MEMBERS.dump_json(tuple(member_of(item) for item in held)))


def collection_values(collection: Collection) -> dict[str, object]:
    """Return the columns of a collection, but its members."""
    return {
        "id": collection.id,
        "project_id": collection.project_id,
        "name": collection.name,
        "description": collection.description,
        "own_profiles": from_json(PROFILES.dump_json(collection.own_profiles)),
        "profiles": from_json(PROFILES.dump_json(collection.profiles)),
        "extent": from_json(EXTENT.dump_json(collection.extent)),
        "pixel_selection": collection.pixel_selection.value,
        "attribution": collection.attribution,
        "license": LICENSE.dump_python(collection.license, mode="json"),
        "item_count": collection.item_count,
        "members_version": collection.members_version,
        "version": collection.version,
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
        "deleted_at": collection.deleted_at,
    }


def collection_of(row: Row[Any]) -> Collection:
    """Return the collection of a row."""
    return Collection(
        id=CollectionId(row.id),
        project_id=ProjectId(row.project_id),
        name=row.name,
        description=row.description,
        own_profiles=PROFILES.validate_python(row.own_profiles),
        profiles=PROFILES.validate_python(row.profiles),
        extent=EXTENT.validate_python(row.extent),
        pixel_selection=PixelSelection(row.pixel_selection),
        attribution=row.attribution,
        license=LICENSE.validate_python(row.license),
        item_count=row.item_count,
        members_version=row.members_version,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def _parts(ids: Sequence[ItemId]) -> Iterable[Sequence[ItemId]]:
    return (ids[start : start + ROWS_AT_ONCE] for start in range(0, len(ids), ROWS_AT_ONCE))
