"""Prometheus metrics of a worker; of all workers where `PROMETHEUS_MULTIPROC_DIR` is set for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client.core import Metric

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class BinnedHistogram(Histogram):
    """A histogram that also takes observations by the lot; see `tile_counts`."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """Add observations that are counted by bucket already. `total`: their sum."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all workers would say alike."""

    over_counted: int
    """Sum of what killed workers had in flight, from a file that all workers share."""
    data_free_bytes: int
    letter_waiting_seconds: float | None
    """None where SQL does not say."""


class Metrics:
    """What is measured. Labels are route templates, never tokens, links or callers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.lots: list[Callable[[], None]] = []
        """Each tells what it has counted since it told last."""
        self.requests = Counter(
            "tilegate_requests", "Answered requests", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = BinnedHistogram(
            "tilegate_request_seconds", "Time to answer", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.errors = Counter("tilegate_errors", "Problems returned to callers", ("code",), registry=self.registry)
        self.renders = Counter("tilegate_renders_metered", "Images sent and counted", registry=self.registry)
        self.images = Counter("tilegate_images", "Images by where they came from", ("tier",), registry=self.registry)
        self.waiting = self._gauge("tilegate_renders_waiting", "Renders that wait for a thread")
        self.stuck = self._gauge("tilegate_render_threads_stuck", "Threads that render for longer than they may")
        self.tile_cache_failures = self._gauge(
            "tilegate_shared_tile_cache_failures", "Calls to the shared tile cache that got no answer in time"
        )
        self.tile_store_failures = self._gauge(
            "tilegate_tile_store_failures", "Reads and batches of writes of the tile store that failed"
        )
        self.prefetched = self._gauge("tilegate_tiles_rendered_ahead", "Tiles rendered before anybody asked for them")
        self.prefetched_used = self._gauge("tilegate_tiles_rendered_ahead_used", "Of these, those asked for since")
        self.events_dropped = self._gauge("tilegate_events_dropped", "Uses of links that there was no room to note")

    def _gauge(self, name: str, meaning: str) -> Gauge:
        """Return a number of which that of all workers is the sum."""
        return Gauge(name, meaning, registry=self.registry, multiprocess_mode="livesum")

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note an answered request."""
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def tell_lots(self) -> None:
        """Take what was counted by the lot and not told yet: before `text`, in the event loop."""
        for tell in self.lots:
            tell()

    def text(self, shared: Shared) -> bytes:
        """Return the metrics in Prometheus' text format."""
        if getattr(ValueClass, "__name__", "") == "MmapedValue":  # several workers: their sum
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry = self.registry
        return generate_latest(registry) + generate_latest(_OfAll(shared))


class _OfAll(Collector):
    """What is one number for all workers: it is not added up over them."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        shared = self._shared
        told = "Answers that killed workers may have counted and not sent, at most"
        yield CounterMetricFamily("tilegate_over_counted_at_most", told, value=shared.over_counted)
        told = "Bytes that are free on the disk of the data folder"
        yield GaugeMetricFamily("tilegate_data_free_bytes", told, value=shared.data_free_bytes)
        if shared.letter_waiting_seconds is not None:
            told = "Age of the oldest e-mail that is still to be sent; 0: none is"
            yield GaugeMetricFamily("tilegate_letter_waiting_seconds", told, value=shared.letter_waiting_seconds)
