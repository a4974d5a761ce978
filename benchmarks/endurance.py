"""An hour of mixed load: whether memory and waiting stay flat, and the tile store within its bound.

Run only where it is named: `make bench PARTS=endurance`, `MINUTES=number` for another length.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.figures import quantile
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES
from benchmarks.servers.tilegate import tilegate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.book import Book
    from benchmarks.rasters import RasterClass
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

FILLED = 1 / 4
"""Part of the time after which bounded caches are full; what happens from then on is judged."""
LEAST = 4
"""Turns after that from which a slope can be told."""
REPEATED = 4
"""One of so many tiles is asked for again in the same turn: most of the load are tiles that nobody has."""
STORE_BYTES = 2**28
"""Of the tile store: so little that its generations end again and again."""
QUICK_STORE_BYTES = 2**26


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn over all classes of rasters, in one of their formats each."""

    seconds: float
    """Since the beginning, at its end."""
    memory: int
    """Bytes of all processes, the most after any load of it."""
    p99: float
    """Seconds within which 99 % of its tiles came."""
    store: int
    """Bytes of the tile store's files."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Load tiles of all classes, new ones and some of them again, for as long as the plan says."""
    bound = QUICK_STORE_BYTES if plan.quick else STORE_BYTES
    length, started, turns = 60 * plan.minutes, time.monotonic(), list[Turn]()
    data = folder / "endurance"
    with tilegate(installation, data, {"TILEGATE_TILE_STORE_BYTES": str(bound)}) as server:
        for number in count():
            memory, latencies = _turn(plan, server, installation, number)
            passed = time.monotonic() - started
            p99 = quantile(sorted(latencies), 0.99)
            turns.append(Turn(seconds=passed, memory=memory, p99=p99, store=_store_bytes(data)))
            _print(turns[-1])
            if passed >= length:
                break
    book.told["endurance"] = [asdict(turn) for turn in turns]
    judge(book, turns, length, bound)


def judge(book: Book, turns: Sequence[Turn], length: float, bound: int) -> None:
    """Compare what happened once caches were full with the targets."""
    settled = [turn for turn in turns if turn.seconds >= length * FILLED]
    times = [turn.seconds for turn in settled]
    memory, p99 = ([float(getattr(turn, name)) for turn in settled] for name in ("memory", "p99"))
    book.want("endurance: memory at the end to that when caches were full", growth(times, memory), at_most=1.05)
    book.want("endurance: p99 at the end to that when caches were full", growth(times, p99), at_most=1.1)
    largest = max(turn.store for turn in turns)
    book.want("endurance: most bytes of the tile store to its bound", largest / bound, at_most=1)


def growth(times: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the last value to the first one of the line through them; None for too few. One outlier turns it little.

    The line is Theil and Sen's: its slope is the median of the slopes between any two.
    """
    if len(values) < LEAST:
        return None
    slope = statistics.median(
        (values[later] - values[earlier]) / (times[later] - times[earlier])
        for earlier in range(len(values))
        for later in range(earlier + 1, len(values))
    )
    middle = statistics.median(value - slope * at for at, value in zip(times, values, strict=True))
    return (middle + slope * times[-1]) / (middle + slope * times[0])


def _turn(plan: Plan, server: Server, installation: Installation, number: int) -> tuple[int, list[float]]:
    """Ask for tiles of each class; return the most memory, and all latencies."""
    memory, latencies = 0, list[float]()
    for place, kind in enumerate(CLASSES):
        result = measure(server, *_load(plan, server, kind, installation, number, place), CONNECTIONS)
        memory = max(memory, result.memory)
        latencies += result.latencies
    return memory, latencies


def _load(
    plan: Plan, server: Server, kind: RasterClass, installation: Installation, number: int, place: int
) -> tuple[list[str], str]:
    """Return paths and the format of them: each of a turn's tiles once, some twice."""
    image_format = kind.formats[number % len(kind.formats)]
    seed = number * len(CLASSES) + place
    tiles = random_tiles(kind.path(quick=plan.quick), installation.zooms[kind.name], plan.tiles, seed=seed)
    return [server.path(kind, tile, image_format, 256) for tile in [*tiles, *tiles[::REPEATED]]], image_format


def _store_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in (data / "tiles").glob("*.lmdb"))


def _print(turn: Turn) -> None:
    minutes, megabytes, store = turn.seconds / 60, turn.memory / 2**20, turn.store / 2**20
    held = f"{megabytes:.0f} MB, 99 % in {turn.p99 * 1000:.0f} ms, store {store:.0f} MB"
    print(f"  {minutes:5.1f} minutes: {held}", flush=True)
