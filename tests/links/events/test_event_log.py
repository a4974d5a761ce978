"""The log of events: folded, bounded, and patient with SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from service.links.events import event_log as events_module
from service.links.events.event import EventKind, Use
from service.links.events.event_log import EventLog, kept_address
from service.links.events.event_store import EventStore
from service.links.named_key_store import NamedKeyStore
from service.notices.notices import Notices
from service.notices.sightings import Sightings
from tests.links.samples import store_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId
    from service.links.events.event import Event, Row


class FragileStore(EventStore):
    """A store that may be out of reach."""

    is_away = False

    async def write(self, rows: Sequence[Row]) -> None:
        if self.is_away:
            raise OperationalError("INSERT", {}, ConnectionError())
        await super().write(rows)


class Log:
    """An event log of one link."""

    def __init__(self, engine: AsyncEngine, link_id: LinkId) -> None:
        self.store = FragileStore(engine)
        sightings = Sightings(Notices(engine, sends_mail=False))
        self.log = EventLog(self.store, NamedKeyStore(engine), sightings, days=90, addresses="network")
        self._link_id = link_id
        self.now = datetime.now(UTC)

    def note(self, client: str = "192.0.2.1", agent: str = "curl", after: float = 0) -> None:
        use = Use(self._link_id, EventKind.TILES, 200, client, agent, None)
        self.log.note(use, self.now.timestamp() + after)

    async def written(self) -> list[Event]:
        await self.log.flush()
        return await self.store.list(self._link_id, limit=1000)

    async def counts(self) -> list[int]:
        return [event.count for event in await self.written()]


@pytest.fixture
async def log(engine: AsyncEngine) -> Log:
    return Log(engine, (await store_link(engine)).id)


async def test_alike_events_of_a_minute_are_one_row_that_grows(log: Log) -> None:
    for after in (0, 1, 30):
        log.note(after=after)
    log.note(client="192.0.2.200", after=40)
    assert await log.counts() == [4]
    log.note(after=50)
    assert await log.counts() == [5]
    log.note(after=70)
    log.note(client="198.51.100.1", after=70)
    assert sorted(await log.counts()) == [1, 1, 5]


async def test_what_cannot_be_written_is_written_later(log: Log) -> None:
    log.store.is_away = True
    log.note()
    await log.log.flush()
    log.note()
    await log.log.flush()
    log.store.is_away = False
    assert await log.counts() == [2]
    assert log.log.dropped == 0


async def test_memory_and_table_are_bounded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "MOST_OF_A_LINK", 3)
    monkeypatch.setattr(events_module, "MOST_UNWRITTEN", 6)
    for number in range(10):
        log.note(agent=f"agent {number}" * 100)
    events = await log.written()
    assert sorted((event.user_agent[:8], event.count) for event in events) == [
        ("(others)", 3),
        ("agent 0a", 1),
        ("agent 1a", 1),
        ("agent 2a", 1),
    ]
    assert max(len(event.user_agent) for event in events) <= 200
    assert log.log.dropped == 4


async def test_old_events_are_dropped(log: Log) -> None:
    log.note(after=-timedelta(days=2).total_seconds())
    log.note(client="198.51.100.1")
    assert len(await log.written()) == 2
    await log.store.forget_before(log.now - timedelta(days=1))
    assert [event.client for event in await log.written()] == ["198.51.100.0/24"]


@pytest.mark.parametrize(
    ("address", "network", "whole"),
    [
        ("192.0.2.77", "192.0.2.0/24", "192.0.2.77"),
        ("2001:db8:1:2::3", "2001:db8:1::/48", "2001:db8:1:2::3"),
        ("::ffff:192.0.2.77", "192.0.2.0/24", "192.0.2.77"),
        ("somewhere", "unknown", "unknown"),
    ],
)
def test_an_address_is_told_as_the_operator_wants(address: str, network: str, whole: str) -> None:
    assert [kept_address(address, detail) for detail in ("network", "whole", "none")] == [network, whole, ""]
