"""Links that somebody with a confirmed address took, and the SQL of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from service.database.tables import claims
from service.database.upsert import upsert
from service.notices.notice import claimed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId
    from service.notices.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who took a link, and when for the first time."""

    email: str
    subject: str
    claimed_at: datetime


class ClaimStore:
    """Reads and writes claims. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine, notices: Notices) -> None:
        self._engine = engine
        self._notices = notices

    async def has(self, link_id: LinkId, email: str) -> bool:
        """Whether an address took a link before."""
        where = (claims.c.link_id == link_id) & (claims.c.email == email)
        async with self._engine.connect() as connection:
            return (await connection.execute(select(claims.c.email).where(where))).first() is not None

    async def add(self, link_id: LinkId, claim: Claim) -> None:
        """Store a claim, with a notice of it; an address that has taken the link stays as it is."""
        values = {"link_id": link_id, "email": claim.email, "subject": claim.subject, "claimed_at": claim.claimed_at}
        async with self._engine.begin() as connection:
            await connection.execute(upsert(connection, claims).values(values).on_conflict_do_nothing())
            await self._notices.write(connection, claimed(link_id, claim.email, claim.claimed_at))
        self._notices.wake()

    async def of_link(self, link_id: LinkId) -> list[Claim]:
        """Return who took a link, the first one first."""
        query = select(claims).where(claims.c.link_id == link_id).order_by(claims.c.claimed_at, claims.c.email)
        async with self._engine.connect() as connection:
            return [
                Claim(email=row.email, subject=row.subject, claimed_at=row.claimed_at)
                for row in await connection.execute(query)
            ]
