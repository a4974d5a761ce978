"""SQL of named keys."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, insert, or_, select, tuple_, update

from service.database.tables import link_keys
from service.links.named_keys import NamedKey
from service.links.store import save_link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId, LinkKeyId
    from service.links.link import Link

COLUMNS = tuple(field.name for field in fields(NamedKey))
"""A key's fields and its table's columns have the same names."""
CLOCKS_APART = timedelta(hours=1)
"""A key that expired no longer ago is still listed as revoked: a worker's clock may be late."""


class NamedKeyStore:
    """Reads and writes named keys. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, key: NamedKey) -> None:
        """Store a new key."""
        values = {name: getattr(key, name) for name in COLUMNS} | {"allowed_origins": list(key.allowed_origins)}
        async with self._engine.begin() as connection:
            await connection.execute(insert(link_keys).values(values))

    async def get(self, key_id: LinkKeyId) -> NamedKey | None:
        """Return a key, whatever its state."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(link_keys).where(link_keys.c.id == key_id))).one_or_none()
        return None if row is None else _key(row)

    async def count(self, link: Link, now: datetime) -> int:
        """Return how many keys of a link's generation have not expired, revoked ones too; recipients' own apart."""
        where = (link_keys.c.link_id == link.id) & (link_keys.c.generation == link.generation)
        query = select(func.count()).where(where, link_keys.c.expires_at > now, link_keys.c.recipient.is_(None))
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def of_recipient(self, link: Link, address: str, until: datetime) -> NamedKey | None:
        """Return the key of a link's generation that a recipient has and that is good until `until` or longer."""
        keys = link_keys.c
        mine = (keys.link_id == link.id) & (keys.generation == link.generation) & (keys.recipient == address)
        query = select(link_keys).where(mine, keys.revoked_at.is_(None), keys.expires_at >= until)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.order_by(keys.expires_at.desc()).limit(1))).one_or_none()
        return None if row is None else _key(row)

    async def list(self, link_id: LinkId, *, after: tuple[datetime, str] | None, limit: int) -> list[NamedKey]:
        """Return keys of a link, oldest first, that come after `(created_at, id)`."""
        query = select(link_keys).where(link_keys.c.link_id == link_id)
        if after is not None:
            query = query.where(tuple_(link_keys.c.created_at, link_keys.c.id) > tuple_(*after))
        query = query.order_by(link_keys.c.created_at, link_keys.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [_key(row) for row in await connection.execute(query)]

    async def labels(self, key_ids: Sequence[str]) -> dict[str, str]:
        """Return the labels of some keys."""
        query = select(link_keys.c.id, link_keys.c.label).where(link_keys.c.id.in_(key_ids))
        async with self._engine.connect() as connection:
            return {row.id: row.label for row in await connection.execute(query)} if key_ids else {}

    async def revoke(self, link: Link, key_id: LinkKeyId) -> Link:
        """Revoke a key of a link, which is stored under its next version; return it. Raises as `LinkStore.save`."""
        now = datetime.now(UTC)
        keys = link_keys.c
        ended = update(link_keys).where(keys.id == key_id, keys.revoked_at.is_(None)).values(revoked_at=now)
        revoked = select(keys.id).where(
            keys.link_id == link.id,
            keys.generation == link.generation,
            keys.revoked_at.is_not(None),
            keys.expires_at > now - CLOCKS_APART,
        )
        async with self._engine.begin() as connection:
            await connection.execute(ended)
            ids = (await connection.scalars(revoked.order_by(keys.id))).all()
            return await save_link(connection, replace(link, revoked_keys=tuple(ids)))

    async def note_use(self, used: Mapping[str, datetime]) -> None:
        """Write down when some keys were last used, unless a later use is known."""
        async with self._engine.begin() as connection:
            for key_id, moment in sorted(used.items()):
                is_later = or_(link_keys.c.last_used_at.is_(None), link_keys.c.last_used_at < moment)
                statement = update(link_keys).where(link_keys.c.id == key_id, is_later).values(last_used_at=moment)
                await connection.execute(statement)


def _key(row: Row[Any]) -> NamedKey:
    values = {name: getattr(row, name) for name in COLUMNS}
    return NamedKey(**values | {"allowed_origins": tuple(row.allowed_origins)})
