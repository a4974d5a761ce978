"""Rendering ahead of people who look around: the time until a view is full, with it and without, and what it costs.

Both run side by side, in turn, on the same walks. Run only where it is named: `make bench PARTS=prefetch`.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.figures import quantile
from benchmarks.rasters import CLASSES
from benchmarks.servers.tilegate import tilegate
from benchmarks.session import look_around
from benchmarks.walk import walk

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.book import Book
    from benchmarks.plan import Plan
    from benchmarks.rasters import RasterClass
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation
    from benchmarks.walk import View

SETTINGS = {"off": {"TILEGATE_PREFETCH": "0"}, "on": {"TILEGATE_PREFETCH": "600"}}
RASTERS = (("rgb-jpeg", "jpg"), ("elevation", "png"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How people look."""

    label: str
    people: int
    pause: float
    """Seconds for which they look at a view that is full."""


PACES = (
    Pace(label="1 person, who looks for 1.5 s", people=1, pause=1.5),
    Pace(label="8 people without a pause", people=8, pause=0.0),
)


@dataclass(slots=True)
class Seen:
    """Rounds of one setting."""

    halves: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure, and print medians of all rounds."""
    for name, image_format in RASTERS:
        raster = next(each for each in CLASSES if each.name == name)
        for pace in PACES:
            seen = {setting: Seen() for setting in SETTINGS}
            for number in range(plan.rounds):
                order = list(SETTINGS) if number % 2 == 0 else list(reversed(SETTINGS))
                path = raster.path(quick=plan.quick)
                people = range(100 * number, 100 * number + pace.people)
                walks = [walk(path, installation.zooms[name], plan.steps, seed, 256) for seed in people]
                for setting in order:
                    where = folder / f"prefetch-{name}-{pace.people}-{number}-{setting}"
                    with tilegate(installation, where, SETTINGS[setting]) as server:
                        _measure(server, raster, image_format, walks, pace.pause, seen[setting])
            _report(book, f"{name} → {image_format}, {pace.label}", seen)


def _measure(
    server: Server, raster: RasterClass, image_format: str, walks: list[list[View]], pause: float, seen: Seen
) -> None:
    def tile_path(tile: Tile) -> str:
        return server.path(raster, tile, image_format, 256)

    before = server.cpu_seconds()
    diary, _ = look_around(server.port, tile_path, image_format, walks, pause)
    seen.cpu.append(server.cpu_seconds() - before)
    fulls = sorted(diary.fulls)
    seen.halves.append(quantile(fulls, 0.5))
    seen.most.append(quantile(fulls, 0.95))


def _report(book: Book, label: str, seen: dict[str, Seen]) -> None:
    told = {
        setting: {
            "p50": statistics.median(each.halves),
            "p95": statistics.median(each.most),
            "cpu": statistics.median(each.cpu),
        }
        for setting, each in seen.items()
    }
    book.told.setdefault("prefetch", {})[label] = told
    for setting, figures in told.items():
        print(
            f"  {label:<48} {setting:<4} full after {figures['p50']:6.3f} s, 95 % {figures['p95']:6.3f} s, "
            f"CPU {figures['cpu']:6.2f} s",
            flush=True,
        )
