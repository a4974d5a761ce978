"""SQL of links."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import Row, Text, cast, delete, insert, select, tuple_, update

from service.database.outbox import Change, note_change
from service.database.tables import link_targets, links
from service.errors import Conflict
from service.links.link import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.identifiers import LinkId, ProjectId, TargetId

LINK = TypeAdapter(Link)
COLUMNS = tuple(field.name for field in fields(Link))
"""A link's fields and its table's columns have the same names."""
IN_JSON = {
    "profiles",
    "allowed_origins",
    "targets",
    "area",
    "recipients",
    "revoked_keys",
    "tile_matrix_sets",
    "drop_types",
}


class LinkStore:
    """Reads and writes links. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, link: Link, *along: Executable) -> None:
        """Store a new link. `along`: statements of the same transaction, such as letters for the outbox of e-mail.

        Raises Conflict where one of them changes nothing: somebody else did what they do.
        """
        await self.add_all([link], *along)

    async def add_all(self, new: Sequence[Link], *along: Executable) -> None:
        """Store new links, all or none. `along` as for `add`."""
        async with self._engine.begin() as connection:
            await connection.execute(insert(links), [_values(link) for link in new])
            await _write_targets(connection, new)
            await _run(connection, along)

    async def get(self, link_id: LinkId) -> Link | None:
        """Return a link, whatever its state."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(links).where(links.c.id == link_id))).one_or_none()
        return None if row is None else link_of(row)

    async def get_all(self, link_ids: Sequence[str]) -> Sequence[Link]:
        """Return those of some links that there are, whatever their state, in any order."""
        async with self._engine.connect() as connection:
            return [link_of(row) for row in await connection.execute(select(links).where(links.c.id.in_(link_ids)))]

    async def save(self, link: Link, *along: Executable) -> Link:
        """Store a changed link under the next version and put it into the outbox; return it as it is then.

        `along` as for `add`. Raises Conflict where somebody else has changed it since it was read.
        """
        async with self._engine.begin() as connection:
            saved = await save_link(connection, link)
            await _run(connection, along)
        return saved

    async def list(
        self,
        project_ids: Sequence[ProjectId],
        *,
        target_id: TargetId | None = None,
        recipient: str | None = None,
        but_revoked: bool = False,
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Link]:
        """Return links of some projects, oldest first, that come after `(created_at, id)`.

        `target_id`: only those that share it, alone or in a bundle. `recipient`: only those meant for that address.
        """
        query = select(links).where(links.c.project_id.in_(project_ids))
        if recipient is not None:
            query = query.where(cast(links.c.recipients, Text).contains(json.dumps(recipient), autoescape=True))
        if but_revoked:
            query = query.where(links.c.revoked_at.is_(None))
        if target_id is not None:
            bundles = select(link_targets.c.link_id).where(link_targets.c.target_id == target_id)
            query = query.where((links.c.target_id == target_id) | links.c.id.in_(bundles))
        if after is not None:
            query = query.where(tuple_(links.c.created_at, links.c.id) > tuple_(*after))
        query = query.order_by(links.c.created_at, links.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [link_of(row) for row in await connection.execute(query)]


async def _run(connection: AsyncConnection, along: Sequence[Executable]) -> None:
    for statement in along:
        if (await connection.execute(statement)).rowcount == 0:
            raise Conflict("already_changed", "Another request did this at the same time; read the link and try again.")


async def save_link(connection: AsyncConnection, link: Link) -> Link:
    """Do as `LinkStore.save` does, in an open transaction."""
    saved = replace(link, version=link.version + 1, updated_at=datetime.now(UTC))
    where = (links.c.id == link.id) & (links.c.version == link.version)
    changed = await connection.execute(update(links).where(where).values(_values(saved)))
    if changed.rowcount == 0:
        raise Conflict(
            "already_changed", "The link was changed by another request at the same time; read it and try again."
        )
    await connection.execute(delete(link_targets).where(link_targets.c.link_id == link.id))
    await _write_targets(connection, [saved])
    await note_change(connection, Change(kind="link", record_id=saved.id, version=saved.version))
    return saved


async def _write_targets(connection: AsyncConnection, written: Sequence[Link]) -> None:
    rows = [{"link_id": link.id, "target_id": ref.target_id} for link in written for ref in link.targets]
    if rows:
        await connection.execute(insert(link_targets), rows)


def _values(link: Link) -> dict[str, object]:
    values = {name: getattr(link, name) for name in COLUMNS}
    in_json: dict[str, object] = LINK.dump_python(link, mode="json", include=IN_JSON)
    return values | in_json


def link_of(row: Row[Any]) -> Link:
    """Return the link of a row of the table."""
    return LINK.validate_python({name: getattr(row, name) for name in COLUMNS})
