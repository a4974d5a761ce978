"""Waiting for what a thread does. It cannot be stopped: who waits goes on without it, and it ends by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from service.errors import TimedOut

if TYPE_CHECKING:
    from asyncio import Future

T = TypeVar("T")


async def result_in_time(future: Future[T], seconds: float, detail: str) -> T:
    """Return what a thread's work returns, or raise what it raises; after so many seconds TimedOut `render_timeout`."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(future)
    except TimeoutError as exc:
        if future.done():
            return future.result()  # it ended in this very moment, or the error is the work's own
        raise TimedOut("render_timeout", detail, retry_after=seconds) from exc


def hear(future: Future[T]) -> None:
    """Retrieve the outcome of a thread's work, which asyncio would log if whoever waited for it has gone."""
    if not future.cancelled():
        future.exception()
