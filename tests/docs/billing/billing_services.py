"""Stripe, OpenMeter and Lago as far as the billing jobs use them, with the rules that their documentation names."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

DAY = 86400
TOKEN = "a-secret-of-the-billing-service"


class BillingService:
    """Adds up what it takes. `lost`: which part of its answers never arrives, though what was asked is done."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.lost = 0.0
        self.random = random.Random(7)
        self.totals: Counter[tuple[str, str, str]] = Counter()
        """By customer, meter and UTC day."""
        self.taken = 0
        self.duplicates = 0
        self.refused: list[str] = []

    @property
    def now(self) -> float:
        return time.time() + self.ahead

    def add(self, customer: str, meter: str, timestamp: float, value: str) -> None:
        assert value.isdigit(), value
        day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        self.totals[customer, meter, day] += int(value)
        self.taken += 1

    def checked(self, handler: Callable[[web.Request], Any]) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            assert request.headers["Authorization"] == f"Bearer {TOKEN}"
            response: web.StreamResponse = await handler(request)
            if response.status >= 400:
                self.refused.append(getattr(response, "text", None) or "")
            if request.method == "POST" and self.random.random() < self.lost:
                assert request.transport is not None
                request.transport.abort()
            return response

        return handle

    def app(self) -> web.Application:
        raise NotImplementedError


class StripeService(BillingService):
    """https://docs.stripe.com/api/billing/meter-event: identifiers are unique within 24 hours, keys replay answers."""

    def __init__(self) -> None:
        super().__init__()
        self.identifiers: dict[str, float] = {}
        self.answers: dict[str, tuple[float, str, dict[str, Any]]] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/billing/meter_events", self.checked(self.create))
        app.router.add_get("/v1/billing/meters", self.checked(self.meters))
        app.router.add_get("/v1/billing/meters/{id}/event_summaries", self.checked(self.summaries))
        return app

    async def create(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        key = request.headers["Idempotency-Key"]
        asked = repr(sorted(form.items()))
        known = self.answers.get(key)
        if known is not None and self.now - known[0] < DAY:
            if known[1] != asked:
                return refused(400, "Keys for idempotent requests can only be used with the same parameters")
            self.duplicates += 1
            return web.json_response(known[2], headers={"Idempotent-Replayed": "true"})
        identifier, timestamp = str(form["identifier"]), int(str(form["timestamp"]))
        if len(identifier) > 100 or len(str(form["event_name"])) > 100:
            return refused(400, "Invalid string: must be at most 100 characters")
        if not self.now - 35 * DAY <= timestamp <= self.now + 300:
            return refused(400, "The timestamp must be within the past 35 calendar days or up to 5 minutes ahead")
        if self.now - self.identifiers.get(identifier, -DAY) < DAY:
            self.duplicates += 1
            return refused(400, f"An event already exists with identifier {identifier}")
        customer, value = str(form["payload[stripe_customer_id]"]), str(form["payload[value]"])
        self.add(customer, str(form["event_name"]), timestamp, value)
        self.identifiers[identifier] = self.now
        answer = {"object": "billing.meter_event", "identifier": identifier, "event_name": form["event_name"]}
        self.answers[key] = self.now, asked, answer
        return web.json_response(answer)

    async def meters(self, _: web.Request) -> web.Response:
        names = sorted({meter for _, meter, _ in self.totals})
        rows = [{"object": "billing.meter", "id": f"mtr_{name}", "event_name": name} for name in names]
        return web.json_response({"object": "list", "data": rows, "has_more": False, "url": "/v1/billing/meters"})

    async def summaries(self, request: web.Request) -> web.Response:
        meter, query = request.match_info["id"].removeprefix("mtr_"), request.query
        start, end = int(query["start_time"]), int(query["end_time"])
        assert start % 60 == end % 60 == 0
        days = {datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d")}
        assert end - start == DAY
        value = sum(self.totals[query["customer"], meter, day] for day in days)
        row = {"object": "billing.meter_event_summary", "id": "mes_1", "aggregated_value": float(value)}
        return web.json_response({"object": "list", "data": [row], "has_more": False, "url": request.path})


class OpenMeterService(BillingService):
    """https://openmeter.io/docs/concepts/usage-events: an event is known by its id and source, for 32 days."""

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/v1/events", self.checked(self.ingest))
        app.router.add_get("/api/v1/events", self.checked(self.listed))
        return app

    async def ingest(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/cloudevents-batch+json"
        batch = await request.json()
        for event in batch:
            required = {"id", "source", "specversion", "type", "subject"}
            if not required <= event.keys() or event["specversion"] != "1.0":
                return refused(400, f"no CloudEvent: {event}")
        for event in batch:
            key = event["id"], event["source"]
            known = self.events.get(key)
            if known is not None and self.now - known[0] < 32 * DAY:
                self.duplicates += 1
                continue
            self.events[key] = self.now, event
            moment = datetime.fromisoformat(event["time"])
            assert moment.tzinfo is not None
            self.add(event["subject"], event["type"], moment.timestamp(), event["data"]["value"])
        return web.Response(status=204)

    async def listed(self, request: web.Request) -> web.Response:
        found = [(at, event) for (name, _), (at, event) in self.events.items() if request.query["id"] in name]
        moment = datetime.fromtimestamp(self.now, UTC).isoformat()
        return web.json_response([{"event": event, "ingestedAt": moment, "storedAt": moment} for _, event in found])


class LagoService(BillingService):
    """https://docs.getlago.com/api-reference/events/batch: atomic, 100 events, each transaction_id once."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: set[str] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/v1/events/batch", self.checked(self.batch))
        return app

    async def batch(self, request: web.Request) -> web.Response:
        events = (await request.json())["events"]
        assert 0 < len(events) <= 100
        seen = set[str]()
        details: dict[str, dict[str, list[str]]] = {}
        for place, event in enumerate(events):
            if event["transaction_id"] in self.transactions | seen:
                details[str(place)] = {"transaction_id": ["value_already_exist"]}
            seen.add(event["transaction_id"])
        if details:
            self.duplicates += len(details)
            body = {"status": 422, "error": "Unprocessable Entity", "code": "validation_errors"}
            return web.json_response({**body, "error_details": details}, status=422)
        for event in events:
            self.transactions.add(event["transaction_id"])
            value = event["properties"]["value"]
            self.add(event["external_subscription_id"], event["code"], float(event["timestamp"]), value)
        return web.json_response({"events": events})


def refused(status: int, message: str) -> web.Response:
    """Return an answer in the form of Stripe's errors."""
    return web.json_response({"error": {"type": "invalid_request_error", "message": message}}, status=status)
