"""Who used a link: noted in memory, folded, and written now and then."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import flush_and_sweep, flush_last
from service.identifiers import new_id
from service.links.events.event import EventKind, Row
from service.notices.notice import opened

if TYPE_CHECKING:
    from service.links.events.event import Use
    from service.links.events.event_store import EventStore
    from service.links.named_key_store import NamedKeyStore
    from service.notices.sightings import Sightings

FLUSH_EVERY = 5.0
SWEEP_EVERY = 3600.0
FOLD_SECONDS = 60
MOST_UNWRITTEN = 10_000
MOST_OF_A_LINK = 100
"""Different users of a link in a minute that are kept apart: who makes up user agents fills no table."""
USER_AGENT_LENGTH = 200
OTHERS = "(others)"
LAST_PATIENCE = 5.0

Addresses: TypeAlias = Literal["network", "whole", "none"]
"""How much of a client's address is kept."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """How often, and when (Unix seconds)."""

    first: float
    last: float
    count: int = 1


class EventLog:
    """Notes events; never slows or fails a request. What cannot be written stays for the next time, within bounds.

    Alike events within a minute are one row with a count, which is written again under its id as it grows: writing it
    twice, or late, changes nothing.
    """

    def __init__(
        self, store: EventStore, keys: NamedKeyStore, sightings: Sightings, *, days: int, addresses: Addresses
    ) -> None:
        self._store = store
        self._sightings = sightings
        self._keys = keys
        self._days = days
        self._addresses = addresses
        self._seen: dict[Use, Seen] = {}
        self._rows: dict[Use, Row] = {}
        self._closed: list[Row] = []
        """Not written yet, and nothing is added to them any more."""
        self._used: dict[str, datetime] = {}
        self._writing = asyncio.Lock()
        self.dropped = 0
        """Events that there was no room for."""

    def note(self, use: Use, moment: float) -> None:
        """Note that a link was used at a moment (Unix seconds): of an address, the client's whole one."""
        seen = self._seen.get(use)
        if seen is not None:
            seen.count += 1
            seen.last = moment
        elif len(self._seen) < MOST_UNWRITTEN:
            self._seen[use] = Seen(moment, moment)
        else:
            self.dropped += 1

    async def flush(self) -> None:
        """Write what was noted; what cannot be written now stays."""
        async with self._writing:
            self._fold()
            unwritten = [*self._closed, *(row for row in self._rows.values() if not row.is_written)]
            try:
                if unwritten:
                    await self._store.write(unwritten)
                if self._used:
                    await self._keys.note_use(self._used)
            except (SQLAlchemyError, OSError) as exc:
                logger.warning("events not written, will try again: %s", type(exc).__name__)
                self._drop_beyond_bounds()
                return
            self._used, self._closed = {}, []
            for row in unwritten:
                row.is_written = True
            self._forget_old()

    async def run(self) -> None:
        """Write every few seconds, and drop once an hour what is too old; runs until cancelled."""
        await flush_and_sweep(self.flush, self._sweep, flush_every=FLUSH_EVERY, sweep_every=SWEEP_EVERY, swept=0.0)

    async def finish(self) -> None:
        """Write the last ones, for which nobody waits long."""
        if not await flush_last(self.flush, LAST_PATIENCE):
            logger.warning("the last events were not written in time")

    def _fold(self) -> None:
        seen, self._seen = self._seen, {}
        of_link = Counter(use.link_id for use in self._rows)
        for use, noted in seen.items():
            if use.key_id is not None and use.status < HTTPStatus.BAD_REQUEST:
                self._used[use.key_id] = _moment(noted.last)
            if use.status < HTTPStatus.BAD_REQUEST and use.kind is not EventKind.CLAIM:  # which is told by itself
                self._sightings.see(opened(use.link_id, use.key_id, _moment(noted.first)))
            if self._days == 0:
                continue
            client, user_agent = kept_address(use.client, self._addresses), _readable(use.user_agent)
            kept = use._replace(client=client, user_agent=user_agent)
            if kept not in self._rows and of_link[use.link_id] >= MOST_OF_A_LINK:
                kept = kept._replace(client="", user_agent=OTHERS)
            row = self._rows.get(kept)
            at = _moment(noted.first)
            if row is not None and at - row.at > timedelta(seconds=FOLD_SECONDS):
                self._closed += [] if row.is_written else [row]
                row = None
            if row is None:
                row = self._rows[kept] = Row(id=new_id("evt"), use=kept, at=at)
                of_link[use.link_id] += 1
            row.count += noted.count
            row.is_written = False

    def _forget_old(self) -> None:
        """Forget rows that nothing is added to any more."""
        oldest = datetime.now(UTC) - timedelta(seconds=FOLD_SECONDS)
        self._rows = {use: row for use, row in self._rows.items() if row.at > oldest or not row.is_written}

    def _drop_beyond_bounds(self) -> None:
        beyond = len(self._closed) + len(self._rows) - MOST_UNWRITTEN
        if beyond <= 0:
            return
        self._closed += [row for row in self._rows.values() if not row.is_written]
        self._rows = {}
        self.dropped += sum(row.count for row in self._closed[:beyond])
        del self._closed[:beyond]

    async def _sweep(self) -> None:
        try:
            await self._store.forget_before(datetime.now(UTC) - timedelta(days=self._days))
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("old events not dropped: %s", type(exc).__name__)


def kept_address(address: str, detail: Addresses) -> str:
    """Return as much of an IP address as is kept: by default its /24 (IPv4) or /48 (IPv6)."""
    if detail == "none":
        return ""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if detail == "whole":
        return str(ip)
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))  # noqa: PLR2004


def _readable(user_agent: str) -> str:
    """Return a header's text as any database takes it: aiohttp gives bytes that are no UTF-8 as lone surrogates."""
    return user_agent[:USER_AGENT_LENGTH].encode(errors="replace").decode().replace("\0", "?")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
