"""Logging: one line an event, to standard error."""

from __future__ import annotations

import logging
import time


class OneLineFormatter(logging.Formatter):
    """`2025-01-31T12:00:00Z WARNING 4711 service.links: text`, in UTC, with tracebacks on the same line."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; what was a line break is ` | `."""
        return " | ".join(super().format(record).splitlines())


def configure_logging(level: str) -> None:
    """Send all that is at least as grave as `level` (a name of `logging`) to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("alembic", "rasterio._filepath"):  # the latter tells of each sidecar that a remote raster has not
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
