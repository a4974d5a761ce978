"""How long requests hold the event loop: the processor time of each step between two waits."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator

    from aiohttp.web_request import BaseRequest

LONGEST = 0.05
"""Seconds of the loop's own thread: a busy machine makes them no longer."""


@dataclass(kw_only=True)
class LoopWatch:
    """Notes each request that held the loop for too long in one go. What the collector takes is not the request's."""

    longest: float = LONGEST
    held: list[str] = field(default_factory=list)
    _collecting: float = 0.0
    _collected: float = 0.0

    def around(self, handler: Callable[[BaseRequest], Awaitable[Any]]) -> Callable[[BaseRequest], Awaitable[Any]]:
        """Return a handler that is watched."""

        async def handle(request: BaseRequest) -> Any:
            return await _Steps(self, f"{request.method} {request.path[:200]}", handler(request))

        return handle

    @contextmanager
    def watching(self) -> Iterator[LoopWatch]:
        """Watch the collector meanwhile."""
        gc.callbacks.append(self._note_collection)
        try:
            yield self
        finally:
            gc.callbacks.remove(self._note_collection)

    def clock(self) -> float:
        """Return seconds of this thread, without those of the collector."""
        return time.thread_time() - self._collected

    def note(self, name: str, seconds: float) -> None:
        """Note a step."""
        if seconds > self.longest:
            self.held.append(f"{name}: {seconds * 1000:.0f} ms")

    def _note_collection(self, phase: str, _: dict[str, int]) -> None:
        now = time.thread_time()
        if phase == "start":
            self._collecting = now
        else:
            self._collected += now - self._collecting


class _Steps:
    """Awaits something, and times each of its steps."""

    def __init__(self, watch: LoopWatch, name: str, awaited: Awaitable[Any]) -> None:
        self._watch, self._name, self._steps = watch, name, awaited.__await__()

    def __await__(self) -> Generator[Any, Any, Any]:
        step: Callable[[], Any] = lambda: next(self._steps)  # noqa: E731
        while True:
            started = self._watch.clock()
            try:
                waited_for = step()
            except StopIteration as end:
                return end.value
            finally:
                self._watch.note(self._name, self._watch.clock() - started)
            try:
                sent = yield waited_for
                step = lambda sent=sent: self._steps.send(sent)  # noqa: E731
            except BaseException as error:  # noqa: BLE001  (it is the awaited one's)
                step = lambda error=error: self._steps.throw(error)  # noqa: E731
