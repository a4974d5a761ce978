"""Report usage to Stripe's billing meters, an event for each customer, meter and UTC day.

    TILEGATE_API_KEY=… STRIPE_API_KEY=… python docs/billing/stripe_meters.py stripe.json stripe.sqlite

The rules: https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api. An identifier is known for 24
hours at least; a timestamp lies at most 35 days back, and at most 5 minutes ahead; values are whole numbers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import stripe
from daily_usage import Book, Config, Event, day_of, run, secret

HOUR, DAY = 3600.0, 86400.0


class Stripe:
    """Sends meter events, one a call."""

    batch = 1
    remembers = 23 * HOUR
    """An hour less than is promised: a call takes its time, and clocks differ."""
    oldest = 34 * DAY
    """A day less than is allowed. What is older is booked on the oldest day that is taken."""

    def __init__(self, config: Config, book: Book) -> None:
        self._config = config
        self._book = book
        base = {"api": config.endpoint} if config.endpoint else None
        self._client = stripe.StripeClient(secret("STRIPE_API_KEY"), base_addresses=base, max_network_retries=2)
        self._meters: dict[str, str] = {}

    def send(self, events: Sequence[Event]) -> None:
        """Create a meter event. One that is there already is as good."""
        for event in events:
            customer = self._config.customers[event.organization_id]
            try:
                self._client.v1.billing.meter_events.create(
                    {
                        "event_name": self._config.meter(event.unit) or "",
                        "payload": {"stripe_customer_id": customer, "value": str(event.amount)},
                        "identifier": event.id,
                        "timestamp": event.timestamp,
                    },
                    {"idempotency_key": f"{event.id}:{event.timestamp}"},
                )
            except stripe.InvalidRequestError as error:
                if "already exists with identifier" not in str(error):
                    raise

    def has(self, event: Event) -> bool:
        """Compare what Stripe has of that day with what it is known to have: it lists no events."""
        customer, day = self._config.customers[event.organization_id], day_of(event.timestamp)
        summaries = self._client.v1.billing.meters.event_summaries.list(
            self._meter_id(self._config.meter(event.unit) or ""),
            {
                "customer": customer,
                "start_time": int(day.timestamp()),
                "end_time": int((day + timedelta(days=1)).timestamp()),
            },
        )
        there = sum(int(summary.aggregated_value) for summary in summaries.auto_paging_iter())
        known = self._book.sent(self._config.organizations_of(customer), event.unit, day)
        if there not in {known, known + event.amount}:
            sys.exit(f"Stripe has {there} {event.unit} of {customer} on {day:%Y-%m-%d}, and was sent {known}: see why")
        return there == known + event.amount

    def _meter_id(self, event_name: str) -> str:
        if not self._meters:
            found = self._client.v1.billing.meters.list({"limit": 100}).auto_paging_iter()
            self._meters = {meter.event_name: meter.id for meter in found}
        return self._meters[event_name]


def main(arguments: Sequence[str], clock: Callable[[], float] = time.time) -> None:
    """Run the job."""
    run(arguments, Stripe, clock)


if __name__ == "__main__":
    main(sys.argv[1:])
