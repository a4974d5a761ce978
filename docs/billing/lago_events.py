"""Report usage to Lago, an event for each subscription, billable metric and UTC day.

    TILEGATE_API_KEY=… LAGO_API_KEY=… python docs/billing/lago_events.py lago.json lago.sqlite

`customers` of its configuration are external ids of subscriptions; a billable metric `tilegate_renders` that sums
`value` has the renders. A transaction_id is taken once, with its timestamp; of a batch all events are, or none.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from daily_usage import Book, Config, Event, run, secret
from lago_python_client.client import Client
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models import BatchEvent
from lago_python_client.models import Event as LagoEvent

EVER = float("inf")
UNPROCESSABLE = 422
TAKEN = {"transaction_id": ["value_already_exist"]}


class Lago:
    """Sends events in batches."""

    batch = 100
    remembers = EVER
    oldest = 100 * 365 * 86400.0

    def __init__(self, config: Config, _: Book) -> None:
        self._config = config
        self._client = Client(api_key=secret("LAGO_API_KEY"), api_url=config.endpoint or "")

    def send(self, events: Sequence[Event]) -> None:
        """Send a batch; without those that Lago says it has, if there are any."""
        while events:
            try:
                self._client.events.batch_create(BatchEvent(events=[self._event(event) for event in events]))
            except LagoApiError as error:
                left = _without_taken(events, error)
                if left is None:
                    raise
                events = left
            else:
                return

    def has(self, event: Event) -> bool:
        """Look for the event by its transaction_id. Not asked: Lago never forgets one."""
        raise NotImplementedError(event.id)

    def _event(self, event: Event) -> LagoEvent:
        return LagoEvent(
            transaction_id=event.id,
            external_subscription_id=self._config.customers[event.organization_id],
            code=self._config.meter(event.unit) or "",
            timestamp=event.timestamp,
            properties={"value": str(event.amount), "day": event.day},
        )


def _without_taken(events: Sequence[Event], error: LagoApiError) -> list[Event] | None:
    """Return the events of a refused batch that Lago has not; None where they were refused for another reason."""
    response = error.response if isinstance(error.response, dict) else {}
    details = response.get("error_details")
    if error.status_code != UNPROCESSABLE or not isinstance(details, dict) or not details:
        return None
    if any(reasons != TAKEN for reasons in details.values()):
        return None
    return [event for place, event in enumerate(events) if str(place) not in details]


def main(arguments: Sequence[str], clock: Callable[[], float] = time.time) -> None:
    """Run the job."""
    run(arguments, Lago, clock)


if __name__ == "__main__":
    main(sys.argv[1:])
