"""A pool of open handles, lent to whichever thread asks.

GDAL asks that no two threads use a dataset at the same time, not that one thread owns it. So what a thread gives back
may be any other's, and the handle that was used last goes first: its blocks and headers are the likeliest to be in
memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Handle(Protocol):
    """What is open, and can be closed."""

    def close(self) -> None:
        """Close it. It is not used afterwards."""
        ...


Source = TypeVar("Source", bound=Hashable)
AnyHandle = TypeVar("AnyHandle", bound=Handle)


class Handles(Generic[Source, AnyHandle]):
    """Open handles by their source. Every method may be called by any thread.

    At most `max_open` are open, and `max_idle` of one source lie idle; the least recently used closes first. Nobody
    ever waits: a thread that holds one may ask for another, so that waiting could last for ever. Where more than
    `max_open` are lent at once, those are open, and the ones too many close when they come back.
    """

    def __init__(
        self,
        open_handle: Callable[[Source], AnyHandle],
        *,
        max_open: int,
        max_idle: int,
        is_harmless: Callable[[BaseException], bool],
    ) -> None:
        """`is_harmless`: whether what is raised while a handle is lent says nothing against using it again."""
        self._open_handle = open_handle
        self._max_open = max_open
        self._max_idle = max_idle
        self._is_harmless = is_harmless
        self._idle: OrderedDict[Source, list[AnyHandle]] = OrderedDict()
        self._idle_count = 0
        self._lent = 0
        self._lock = threading.RLock()  # the end of a borrower that is garbage may come at any moment, in any thread

    @contextmanager
    def borrow(self, source: Source) -> Iterator[AnyHandle]:
        """Lend a handle of a source, opened if none is idle. Blocks while it opens. Raises what opening raises.

        After a failure it is closed instead of kept, and so are the idle ones of its source.
        """
        handle = self._take(source)
        try:
            yield handle
        except BaseException as failure:
            if self._is_harmless(failure):
                self._give_back(source, handle)
            else:
                self._drop(source, handle)
            raise
        else:
            self._give_back(source, handle)

    def discard(self, source: Source) -> None:
        """Close what lies idle of a source. What is lent is kept when it comes back."""
        with self._lock:
            idle = self._idle.pop(source, [])
            self._idle_count -= len(idle)
        _close(idle)

    def __len__(self) -> int:
        """How many are open, lent or idle."""
        with self._lock:
            return self._idle_count + self._lent

    def _take(self, source: Source) -> AnyHandle:
        with self._lock:
            self._lent += 1
            idle = self._idle.get(source)
            if idle:
                handle = idle.pop()
                self._idle_count -= 1
                if not idle:
                    del self._idle[source]
                return handle
            surplus = self._shrink()
        _close(surplus)
        try:
            return self._open_handle(source)
        except BaseException:
            with self._lock:
                self._lent -= 1
            raise

    def _give_back(self, source: Source, handle: AnyHandle) -> None:
        with self._lock:
            self._lent -= 1
            idle = self._idle.setdefault(source, [])
            idle.append(handle)
            self._idle_count += 1
            self._idle.move_to_end(source)
            surplus = [idle.pop(0)] if len(idle) > self._max_idle else []
            self._idle_count -= len(surplus)
            surplus += self._shrink()
        _close(surplus)

    def _drop(self, source: Source, handle: AnyHandle) -> None:
        with self._lock:
            self._lent -= 1
        self.discard(source)
        handle.close()

    def _shrink(self) -> list[AnyHandle]:
        """Take out the idle ones that are too many, those of the source that was used least recently first."""
        surplus = []
        while self._idle and self._idle_count + self._lent > self._max_open:
            source, idle = next(iter(self._idle.items()))
            surplus.append(idle.pop(0))
            self._idle_count -= 1
            if not idle:
                del self._idle[source]
        return surplus


def _close(handles: list[AnyHandle]) -> None:
    """Close outside of the lock, as closing may block."""
    for handle in handles:
        handle.close()
