"""Pixels: a raster and a tile address in, image bytes out. Knows no HTTP, no Redis, no SQL, no link."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiling.reader import Reader

__all__ = ["Reader"]


def __getattr__(name: str) -> Any:
    """Import the reader when it is asked for: processes that only start others need no rio-tiler in memory."""
    if name == "Reader":
        return importlib.import_module("tiling.reader").Reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
