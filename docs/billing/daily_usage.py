"""What the billing jobs beside this file have in common: what is to be reported, and how much of it was.

The service exports whole totals of UTC days, which may still rise; billing services take events, and add them up. In
between is an SQLite file. A step is a transaction of it, and each can be done again:

1. `follow` stores totals that have changed, together with the mark behind them.
2. `plan` makes an event of what a total of an ended day is more than the events of it so far. An event never changes.
3. `report` sends events with their ids, and marks them as sent. Who died in between sends the same id again, which the
   billing service knows. It does not for ever: an event that may have arrived so long ago is asked for first.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from tilegate_client import Tilegate

ROWS = 1000
TABLES = """
CREATE TABLE IF NOT EXISTS mark (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1), organization_id TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS total (
    day TEXT NOT NULL, organization_id TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (day, organization_id, unit)
);
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, day TEXT NOT NULL, organization_id TEXT NOT NULL, unit TEXT NOT NULL, amount INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, tried_at REAL, sent_at REAL
);
CREATE INDEX IF NOT EXISTS event_of ON event (day, organization_id, unit);
"""


@dataclass(frozen=True, kw_only=True)
class Event:
    """So much was used by an organization on a day, beside what its other events say."""

    id: str
    """Of what the day's total is with it: made again from nothing, it would be the same."""
    day: str
    organization_id: str
    unit: str
    """As the export names it: renders, pixels, bytes …"""
    amount: int
    timestamp: int
    """Unix seconds: noon of the day (UTC)."""
    tried_at: float | None
    """When it was first sent since it was last known not to have arrived; None: never."""


class Sender(Protocol):
    """Brings events to a billing service."""

    batch: int
    """Events at once."""
    remembers: float
    """Seconds for which an id that was sent is known there at least."""
    oldest: float
    """Seconds that an event's timestamp may lie back."""

    def send(self, events: Sequence[Event]) -> None:
        """Return when the billing service has all of them, each once. Raises where it may not."""

    def has(self, event: Event) -> bool:
        """Ask whether an event has arrived, of which that is not known any more."""


class Book:
    """What is to be reported, and what was: an SQLite file."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._sql = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._sql.row_factory = sqlite3.Row
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.executescript(TABLES)

    def follow(self, service: Tilegate, organization_id: str) -> str | None:
        """Store what has changed since the mark; return the last day that has ended and is all there."""
        while True:
            page = service.usage.export(
                organization_id=organization_id, by="organization", since=self._mark(organization_id), limit=ROWS
            )
            with self._transaction():
                for row in page["rows"]:
                    self._store(row)
                values = (organization_id, page["high_water_mark"])
                self._sql.execute("INSERT OR REPLACE INTO mark VALUES (1, ?, ?)", values)
            if not page["more"]:
                return page["complete_through"]

    def plan(self, last_day: str | None) -> None:
        """Make events of what ended days have beside their events. A total of them that rises later makes another."""
        query = """
            SELECT day, organization_id, unit, total.amount AS total, total.amount - COALESCE(
                (SELECT SUM(event.amount) FROM event
                 WHERE (event.day, event.organization_id, event.unit) = (total.day, total.organization_id, total.unit)),
                0) AS missing
            FROM total WHERE day <= ? AND missing > 0
        """
        with self._transaction():
            for row in self._sql.execute(query, [last_day or ""]).fetchall():
                event_id = ":".join(["tilegate", row["organization_id"], row["day"], row["unit"], str(row["total"])])
                self._sql.execute(
                    "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
                    [event_id, row["day"], row["organization_id"], row["unit"], row["missing"], _noon(row["day"])],
                )

    def report(self, sender: Sender, is_wanted: Callable[[Event], bool]) -> int:
        """Send what was not sent yet, the oldest first; return how many events nobody wants."""
        waiting = self._waiting()
        wanted = [event for event in waiting if is_wanted(event)]
        for start in range(0, len(wanted), sender.batch):
            events = wanted[start : start + sender.batch]
            arrived = [event for event in events if self._is_doubtful(event, sender) and sender.has(event)]
            self._mark_sent(arrived)
            events = self._mark_tried([event for event in events if event not in arrived], sender)
            if events:
                sender.send(events)
                self._mark_sent(events)
        return len(waiting) - len(wanted)

    def sent(self, organization_ids: Sequence[str], unit: str, day: datetime) -> int:
        """Return how much of a unit was sent for organizations with a timestamp on a UTC day."""
        first, marks = int(day.timestamp()), ", ".join("?" * len(organization_ids))
        query = f"""
            SELECT COALESCE(SUM(amount), 0) FROM event WHERE sent_at IS NOT NULL AND unit = ?
            AND timestamp >= ? AND timestamp < ? AND organization_id IN ({marks})
        """
        amount: int = self._sql.execute(query, [unit, first, first + 86400, *organization_ids]).fetchone()[0]
        return amount

    def _mark(self, organization_id: str) -> str | None:
        row = self._sql.execute("SELECT organization_id, text FROM mark").fetchone()
        if row is not None and row["organization_id"] != organization_id:
            sys.exit(f"this file is that of {row['organization_id']}: take another for {organization_id}")
        return row and row["text"]

    def _store(self, row: Mapping[str, Any]) -> None:
        for unit, amount in row.items():
            if isinstance(amount, int):  # whatever units there are
                values = (row["day"], row["organization_id"], unit, amount)
                self._sql.execute("INSERT OR REPLACE INTO total VALUES (?, ?, ?, ?)", values)

    def _waiting(self) -> list[Event]:
        query = """
            SELECT id, day, organization_id, unit, amount, timestamp, tried_at FROM event
            WHERE sent_at IS NULL ORDER BY tried_at IS NULL, day, id
        """
        return [Event(**dict(row)) for row in self._sql.execute(query)]

    def _is_doubtful(self, event: Event, sender: Sender) -> bool:
        return event.tried_at is not None and self._clock() - event.tried_at > sender.remembers

    def _mark_tried(self, events: Sequence[Event], sender: Sender) -> list[Event]:
        """Write down that events are about to be sent, with timestamps that are taken; return them as they are then."""
        now = self._clock()
        earliest = int(now - sender.oldest)
        tried = [
            replace(
                event,
                timestamp=max(event.timestamp, earliest),
                tried_at=now if event.tried_at is None or self._is_doubtful(event, sender) else event.tried_at,
            )
            for event in events
        ]
        with self._transaction():
            for event in tried:
                values = (event.tried_at, event.timestamp, event.id)
                self._sql.execute("UPDATE event SET tried_at = ?, timestamp = ? WHERE id = ?", values)
        return tried

    def _mark_sent(self, events: Sequence[Event]) -> None:
        with self._transaction():
            for event in events:
                self._sql.execute("UPDATE event SET sent_at = ? WHERE id = ?", [self._clock(), event.id])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")


@dataclass(frozen=True, kw_only=True)
class Config:
    """A job's JSON file. Secrets are in the environment."""

    url: str
    """Of the service."""
    organization_id: str
    """Whose usage; `*` with an operator's key: that of all."""
    customers: Mapping[str, str]
    """Who each organization is to the billing service. What of others was used waits until they are named."""
    meters: Mapping[str, str] | None = None
    """What each unit is called there, of those to report; None: all, `renders` as `tilegate_renders`."""
    endpoint: str | None = None
    """Of the billing service, where it is your own."""

    def meter(self, unit: str) -> str | None:
        """Return what a unit is called, or None where it is not reported."""
        return f"tilegate_{unit}" if self.meters is None else self.meters.get(unit)

    def organizations_of(self, customer: str) -> list[str]:
        """Return the organizations that are one customer."""
        return [organization_id for organization_id, known in self.customers.items() if known == customer]


def run(
    arguments: Sequence[str],
    make_sender: Callable[[Config, Book], Sender],
    clock: Callable[[], float] = time.time,
) -> None:
    """Run a job: `JOB.py config.json state.sqlite`."""
    if len(arguments) != 2:
        sys.exit("usage: JOB.py config.json state.sqlite")
    config = Config(**json.loads(Path(arguments[0]).read_text()))
    book = Book(Path(arguments[1]), clock)
    with Tilegate(config.url, secret("TILEGATE_API_KEY")) as service:
        last_day = book.follow(service, config.organization_id)
    book.plan(last_day)

    def is_wanted(event: Event) -> bool:
        return event.organization_id in config.customers and config.meter(event.unit) is not None

    left = book.report(make_sender(config, book), is_wanted)
    print(f"reported through {last_day}; {left} events have no customer or no meter", file=sys.stderr)


def secret(name: str) -> str:
    """Return a secret of the environment."""
    return os.environ.get(name) or sys.exit(f"set {name}")


def day_of(timestamp: int) -> datetime:
    """Return the beginning of a moment's UTC day."""
    return datetime.fromtimestamp(timestamp, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _noon(day: str) -> int:
    return int((datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=12)).timestamp())
