"""What the allocator keeps is given back."""

from __future__ import annotations

import asyncio
import ctypes
import gc

import psutil
import pytest

from service.processes.serving import malloc_trim as sweeping

PIECE = 100_000
"""Bytes: small enough for a heap."""
MUCH = 64 * 2**20


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
async def test_memory_between_what_is_in_use_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "INTERVAL", 0.01)
    process = psutil.Process()
    pieces = [bytearray(PIECE) for _ in range(2 * MUCH // PIECE)]
    last = pieces.pop()  # what lies below it cannot be given back from the end
    full = process.memory_info().rss
    pieces.clear()
    gc.collect()
    task = asyncio.create_task(sweeping.sweep())
    try:
        async with asyncio.timeout(30):
            while process.memory_info().rss > full - MUCH:  # noqa: ASYNC110  (the kernel notifies nobody)
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
    assert len(last) == PIECE
