"""Files that lie elsewhere: byte ranges fetched once, kept in chunks, shared by all threads.

GDAL never speaks to a network here. It reads through `tiling.files.gdal_file`, a Python file; so it knows no address
and no credentials, can reach no other name, and every byte is of the version that was asked for (`Fetch` sees to that).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Final

from tiling.files.range_cache import CHUNK, RangeCache

SMALL_CHUNKS: Final = 32
"""A file of so few is fetched as a whole."""
SEGMENT_CHUNKS: Final = 16
"""A missing chunk brings those around it, a quarter of a megabyte: a map's next tiles lie beside this one. In map
sessions that saves two requests of three, for a third more bytes."""
DEFAULT_PATIENCE: Final = 5.0

Fetch = Callable[[int, int], bytes]
"""Returns the bytes from the first offset to before the second, of one version of a file. Blocks. Raises RemoteError,
FileNotFoundError."""


_Futures = dict[int, Future[bytes]]


class RemoteError(OSError):
    """A remote file cannot be read now."""


class RemoteChanged(RemoteError):
    """A remote file has another version by now."""


class RemoteUnsuitable(RemoteError):
    """A remote file can never be read: its server does not answer ranges."""


class RemoteFile:
    """One version of a file that lies elsewhere. All threads may read it; a chunk is fetched once for all of them."""

    def __init__(
        self, *, name: str, size: int, fetch: Fetch, cache: RangeCache, patience: float = DEFAULT_PATIENCE
    ) -> None:
        self.name: Final = name
        """Distinguishes this version of this file from all others, in this process."""
        self.size: Final = size
        """Bytes."""
        self.patience: Final = patience
        """Seconds of a render after which no further request begins."""
        self._fetch = fetch
        self._cache = cache
        self._in_flight: dict[int, Future[bytes]] = {}

    def read(self, offset: int, length: int, *, ahead: int = 0, until: float | None = None) -> bytes:
        """Return bytes, fewer at the end of the file. Blocks.

        Where some must be fetched, so are `ahead` bytes after them. No request begins after `until`, by
        `time.monotonic()`. Raises RemoteError, FileNotFoundError.
        """
        stop = min(offset + length, self.size)
        if offset >= stop:
            return b""
        numbers = _chunks_of(offset, stop)
        chunks = self._get(numbers, until, _chunks_of(stop, min(stop + ahead, self.size)))
        whole = b"".join([chunks[number] for number in numbers])
        start = numbers[0] * CHUNK
        return whole[offset - start : stop - start]

    def prefetch(self, ranges: Iterable[tuple[int, int]], *, until: float | None = None) -> None:
        """Fetch ranges, each an offset and a length, in few requests that run at once. Blocks.

        Raises as `read` does.
        """
        wanted = {
            number
            for offset, length in ranges
            if 0 <= offset < self.size and length > 0
            for number in _chunks_of(offset, min(offset + length, self.size))
        }
        self._get(sorted(wanted), until)

    def _get(self, wanted: Iterable[int], until: float | None, ahead: Iterable[int] = ()) -> dict[int, bytes]:
        found, mine, others = self._claim(wanted, ahead)
        runs = list(_runs(mine))
        for run in runs:  # never in this thread: the kernel may not let it connect
            self._cache.run(partial(self._bring, run, until))
        for number, future in (mine | others).items():
            found[number] = future.result()
        return found

    def _claim(self, wanted: Iterable[int], ahead: Iterable[int]) -> tuple[dict[int, bytes], _Futures, _Futures]:
        """Separate cached chunks from those to fetch, and from those that another thread is fetching."""
        found: dict[int, bytes] = {}
        mine: _Futures = {}
        others: _Futures = {}
        with self._cache.lock:
            missing = []
            for number in wanted:
                kept = self._cache.get(self.name, number)
                if kept is None:
                    missing.append(number)
                else:
                    found[number] = kept
            for number in self._widened([*missing, *(ahead if missing else ())]):
                if number in self._in_flight:
                    others[number] = self._in_flight[number]
                else:
                    mine[number] = self._in_flight[number] = Future()
        return found, mine, others

    def _widened(self, missing: list[int]) -> list[int]:
        """Add the rest of their segments; the whole file, where it is small, to its first chunk."""
        chunks = -(-self.size // CHUNK)
        segments = {number // SEGMENT_CHUNKS for number in missing if self._is_missing(number)}
        wanted = {
            number
            for segment in segments
            for number in range(segment * SEGMENT_CHUNKS, min((segment + 1) * SEGMENT_CHUNKS, chunks))
        }
        if 0 in segments and chunks <= SMALL_CHUNKS:
            wanted = set(range(chunks))
        return sorted(filter(self._is_missing, wanted))

    def _is_missing(self, number: int) -> bool:
        return self._cache.get(self.name, number) is None

    def _bring(self, run: range, until: float | None) -> None:
        """Fetch neighbouring chunks for whoever waits for them; a failure is raised for them too."""
        futures = [self._in_flight[number] for number in run]
        try:
            data = self._fetched(run.start * CHUNK, min(run.stop * CHUNK, self.size), until)
        except OSError as exc:
            self._land(run)
            for future in futures:
                future.set_exception(exc)
            return
        chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        self._land(run, chunks)
        for future, chunk in zip(futures, chunks, strict=True):
            future.set_result(chunk)

    def _fetched(self, start: int, stop: int, until: float | None) -> bytes:
        if until is not None and time.monotonic() > until:
            raise RemoteError("the storage took too long")
        try:
            data = self._fetch(start, stop)
        except OSError:
            raise
        except Exception as exc:  # somebody waits, and must hear of it
            raise RemoteError(f"{type(exc).__name__} while fetching") from exc
        if len(data) != stop - start:
            raise RemoteError("the storage sent another number of bytes than was asked for")
        return data

    def _land(self, run: range, chunks: list[bytes] | None = None) -> None:
        with self._cache.lock:
            for number in run:
                del self._in_flight[number]
            for number, chunk in zip(run, chunks or (), strict=False):
                self._cache.put(self.name, number, chunk)


def _chunks_of(start: int, stop: int) -> range:
    return range(start // CHUNK, (stop - 1) // CHUNK + 1) if start < stop else range(0)


def _runs(numbers: Iterable[int]) -> Iterator[range]:
    """Yield neighbours together. The numbers rise."""
    start = stop = -1
    for number in numbers:
        if number != stop:
            if stop > start:
                yield range(start, stop)
            start = number
        stop = number + 1
    if stop > start:
        yield range(start, stop)
