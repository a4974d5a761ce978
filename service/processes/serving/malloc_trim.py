"""Giving memory back that the allocator keeps.

Blocks of rasters live long and are of many sizes, and between them lies what each tile needs for a moment: after some
hours of different rasters glibc's heaps would hold a third more than is in use.
"""

from __future__ import annotations

import asyncio
import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 2.0  # seconds


async def sweep() -> None:
    """Give back what is free, every few seconds, until cancelled; nothing where the C library cannot."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(INTERVAL)
        await asyncio.to_thread(trim, 0)
