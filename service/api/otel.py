"""Spans by OpenTelemetry's own SDK, sent by OTLP over HTTP. Imported only where an operator has a collector."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.context import Context

PATIENCE = 5  # seconds
SECOND = 10**9  # nanoseconds
OURS = 500
"""The first status that is our fault."""


class OtelSpans:
    """Sends spans from a thread of its own.

    Fails open: what a collector does not take in time, and what there is no room for, is dropped.
    """

    def __init__(self, endpoint: str, ratio: float) -> None:
        resource = Resource.create({"service.name": "tilegate", "service.version": version("tilegate")})
        self._provider = TracerProvider(sampler=TraceIdRatioBased(ratio), resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tilegate")
        self._propagator = TraceContextTextMapPropagator()

    def answered(
        self, method: str, route: str, status: int, seconds: float, link_id: str, request_id: str, parent: str | None
    ) -> None:
        """Report a request that was answered now."""
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{method} {route}",
            context=self._context(parent),
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * SECOND),
            attributes={
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "tilegate.link_id": link_id,
                "tilegate.request_id": request_id,
            },
        )
        if status >= OURS:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _context(self, parent: str | None) -> Context | None:
        """Return the context of a `traceparent`; `tracestate` and baggage are not taken over."""
        return None if parent is None else self._propagator.extract({"traceparent": parent})
