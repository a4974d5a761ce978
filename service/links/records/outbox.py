"""The outbox: what SQL holds reaches Redis and all workers, also where Redis fails half-way."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.accounts.organization import Organization
from service.accounts.organizations import OUTBOX_KIND
from service.cancellation import is_cancelled
from service.catalogue.collection import Collection
from service.catalogue.item import Item
from service.database.outbox import Change
from service.errors import Unavailable
from service.identifiers import CollectionId, ItemId, LinkId, OrganizationId
from service.links.link import Link

if TYPE_CHECKING:
    from service.accounts.organizations import OrganizationStore
    from service.catalogue.collection_store import CollectionStore
    from service.catalogue.store import ItemStore
    from service.database.outbox import OutboxStore
    from service.links.records.record_cache import RecordCache
    from service.links.store import LinkStore
    from service.metering.meter import Meter

LOOK_EVERY = 10.0
"""Seconds between looks for what another worker left behind; our own is looked after at once."""
PAUSE = 0.5
KEPT = timedelta(minutes=10)
"""For so long what was spread is kept, to be spread again where Redis loses it."""
KINDS: dict[type, str] = {Link: "link", Item: "item", Collection: "collection", Organization: OUTBOX_KIND}
"""What the outbox calls each kind of record."""
Record: TypeAlias = Link | Item | Collection | Organization
FAILURES = (RedisError, SQLAlchemyError, Unavailable, OSError)

logger = logging.getLogger(__name__)


class Outbox:
    """Spreads changes; never loses one. Its rows are written by the stores, in the transaction of each change.

    A change is answered when it was spread: until then the caller gets Unavailable, and the loop goes on trying.
    """

    def __init__(  # noqa: PLR0913  (two for each kind of record)
        self,
        store: OutboxStore,
        meter: Meter,
        *,
        links: LinkStore,
        link_records: RecordCache[Link],
        items: ItemStore,
        item_records: RecordCache[Item],
        collections: CollectionStore,
        collection_records: RecordCache[Collection],
        organizations: OrganizationStore,
        organization_records: RecordCache[Organization],
    ) -> None:
        self._store = store
        self._meter = meter
        self._links = links
        self._link_records = link_records
        self._items = items
        self._item_records = item_records
        self._collections = collections
        self._collection_records = collection_records
        self._organizations = organizations
        self._organization_records = organization_records
        self._woken = asyncio.Event()
        self._losses = self._made_up = 0

    def wake(self) -> None:
        """Have the loop look soon. Said before a change is saved: who saves it may be gone before it is spread."""
        self._woken.set()

    def spread_all_again(self) -> None:
        """Have the loop spread again all that it keeps: Redis lost some of it."""
        self._losses += 1
        self.wake()

    async def spread(self, record: Record, *, done: str = "The change is saved") -> None:
        """Make a saved record known everywhere. Raises Unavailable where that could not be done yet."""
        try:
            await self._tell(record)
        except asyncio.CancelledError:  # the caller has gone; the change is there all the same
            self.wake()
            raise
        except FAILURES as exc:
            self.wake()
            detail = f"{done}, and is still being spread to all servers, which continues by itself."
            raise Unavailable("backend_unavailable", detail, retry_after=1) from exc
        try:
            await self._store.mark_spread(_change_of(record))
        except (SQLAlchemyError, OSError) as exc:  # it was spread; once more does no harm
            logger.warning("a change was spread and could not be marked so: %s", type(exc).__name__)

    async def run(self) -> None:
        """Spread what waits, whenever there is something; runs until cancelled. Outages are logged and made up for."""
        while not is_cancelled():
            try:
                await self._spread_what_waits()
            except FAILURES as exc:
                logger.warning("changes not spread, will try again: %s", type(exc).__name__)
                self.wake()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
                    await asyncio.sleep(PAUSE)
            self._woken.clear()

    async def _spread_what_waits(self) -> None:
        losses, changes = self._losses, await self._store.waiting()
        if losses != self._made_up:
            changes += await self._store.kept()
        failures = [failure for change in changes if (failure := await self._try(change))]
        if failures:
            raise failures[0]
        self._made_up = losses
        await self._store.forget_before(datetime.now(UTC) - KEPT)

    async def _try(self, change: Change) -> Exception | None:
        """Spread a record as it is now; return what went wrong, which is not to hold up the other ones."""
        try:
            record = await self._load(change)
            if record is not None:
                await self._tell(record)
            await self._store.mark_spread(change if record is None else _change_of(record))
        except FAILURES as exc:
            return exc
        return None

    async def _load(self, change: Change) -> Record | None:
        if change.kind == "link":
            return await self._links.get(LinkId(change.record_id))
        if change.kind == "collection":
            return await self._collections.get(CollectionId(change.record_id))
        if change.kind == OUTBOX_KIND:
            return await self._organizations.get(OrganizationId(change.record_id))
        return await self._items.get(ItemId(change.record_id))

    async def _tell(self, record: Record) -> None:
        """Update the meter first, so that nothing is sent on an older version of a link from then on."""
        if isinstance(record, Link):
            await self._meter.raise_version(record.organization_id, record.id, record.version)
            await self._link_records.publish(record)
        elif isinstance(record, Collection):
            await self._collection_records.publish(record)
        elif isinstance(record, Organization):
            await self._organization_records.publish(record)
        else:
            await self._item_records.publish(record)


def _change_of(record: Record) -> Change:
    return Change(kind=KINDS[type(record)], record_id=record.id, version=record.version)
