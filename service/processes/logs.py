"""Logging: one line an event, to standard error: text for people, or JSON for what collects logs."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import Any, Literal

MINUTE = 60.0  # seconds
GDAL_LOGGERS = ("rasterio._env", "rasterio._err", "rasterio._io", "rasterio._base", "rasterio._warp", "rasterio.vrt")


class FewComplaints(logging.Filter):
    """Lets GDAL say so much a minute: some rasters have it complain of every pixel, in each of their tiles."""

    def __init__(self, a_minute: int = 20, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._a_minute = a_minute
        self._now = now
        self._since = now()
        self._said = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is logged; the last one of a minute says that others were left out."""
        if self._now() - self._since >= MINUTE:
            self._since, self._said = self._now(), 0
        self._said += 1
        if self._said == self._a_minute:
            record.msg, record.args = f"{record.getMessage()} (and no more in this minute)", None
        return self._said <= self._a_minute


class OneLineFormatter(logging.Formatter):
    """`2025-01-31T12:00:00Z WARNING 4711 service.links: text`, in UTC, with tracebacks on the same line."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; what was a line break is ` | `."""
        return " | ".join(super().format(record).splitlines())


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """Return what writes a record as an object of a line: when, how grave, who, what, and what a message names.

    `{"timestamp": …, "level": "info", "logger": "service.access", "pid": 4711, "event": …, "status": 200, …}`
    """
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            _facts,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(json.dumps, ensure_ascii=False),
        ],
        foreign_pre_chain=[_named_values],
        pass_foreign_args=True,
    )


def _named_values(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the values that a message names, as the access log's does; they never take the place of anything else."""
    values = event.pop("positional_args", None)
    return {**values, **event} if isinstance(values, dict) else event


def _facts(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put first what every record has."""
    record: logging.LogRecord = event["_record"]
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    first = {"timestamp": moment, "level": record.levelname.lower(), "logger": record.name, "pid": record.process}
    return {**first, "event": event.pop("event"), **{name: value for name, value in event.items() if name not in first}}


def configure_logging(level: str, style: Literal["text", "json"] = "text") -> None:
    """Send all that is at least as grave as `level` (a name of `logging`) to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(json_formatter() if style == "json" else OneLineFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("alembic", "rasterio._filepath"):  # the latter logs each sidecar that a remote raster lacks
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    complaints = FewComplaints()
    for name in GDAL_LOGGERS:  # a filter of a logger does not hold for those below it
        logging.getLogger(name).addFilter(complaints)
