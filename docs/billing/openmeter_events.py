"""Report usage to OpenMeter as CloudEvents, one for each customer, meter and UTC day.

    TILEGATE_API_KEY=… OPENMETER_TOKEN=… python docs/billing/openmeter_events.py openmeter.json openmeter.sqlite

An event is known there by its id and source, by default for 32 days (`dedupe.config.expiration`). A meter that sums
`$.value` over events of the type `tilegate_renders` has the renders.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from daily_usage import Book, Config, Event, run, secret
from openmeter import Client
from openmeter.models import Event as CloudEvent

DAY = 86400.0
EVER = 100 * 365 * DAY


class OpenMeter:
    """Sends CloudEvents in batches."""

    batch = 100
    remembers = 31 * DAY
    oldest = EVER

    def __init__(self, config: Config, _: Book) -> None:
        self._config = config
        self._source = config.url
        endpoint = config.endpoint or "https://openmeter.cloud"
        self._client = Client(endpoint=endpoint, token=secret("OPENMETER_TOKEN"))

    def send(self, events: Sequence[Event]) -> None:
        """Ingest a batch; what is there already is passed over by OpenMeter."""
        self._client.events.ingest_events([self._cloud_event(event) for event in events])

    def has(self, event: Event) -> bool:
        """Look for the event by its id."""
        found = self._client.events.list(id=event.id, from_parameter=datetime.fromtimestamp(event.timestamp - 1, UTC))
        return any(each.event.id == event.id and each.event.source == self._source for each in found)

    def _cloud_event(self, event: Event) -> CloudEvent:
        return CloudEvent(
            id=event.id,
            source=self._source,
            specversion="1.0",
            type=self._config.meter(event.unit) or "",
            subject=self._config.customers[event.organization_id],
            time=datetime.fromtimestamp(event.timestamp, UTC),
            data={"value": str(event.amount), "day": event.day},
        )


def main(arguments: Sequence[str], clock: Callable[[], float] = time.time) -> None:
    """Run the job."""
    run(arguments, OpenMeter, clock)


if __name__ == "__main__":
    main(sys.argv[1:])
