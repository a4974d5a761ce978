"""Map sessions: what a person feels. Each kind has a raster of its own, so that none profits from another's cache."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.book import OURS, Book, Case
from benchmarks.figures import Result, median_ratio, quantile, rate
from benchmarks.fleet import Fleet, fleet
from benchmarks.rasters import CLASSES, RasterClass
from benchmarks.session import Diary, look_around
from benchmarks.targets import of_session
from benchmarks.walk import walk

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.plan import Plan
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "map sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Who looks at what."""

    raster: str
    """The name of a class."""
    image_format: str
    pixels: int = 256
    people: int = 1

    @property
    def label(self) -> str:
        """What a reader of the table sees."""
        who = "1 person" if self.people == 1 else f"{self.people} people"
        return f"{who}, tiles of {self.pixels}"


KINDS = (
    Kind(raster="rgb-jpeg", image_format="jpg"),
    Kind(raster="elevation", image_format="png"),
    Kind(raster="uint16", image_format="jpg", pixels=512),
    Kind(raster="rgb-deflate", image_format="jpg", people=8),
)
Fulls = dict[str, list[list[float]]]
"""By server: a round's seconds to full viewports."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure; each round with servers that were started for it."""
    fulls: dict[Case, Fulls] = {}
    for number in range(plan.rounds):
        print(f"{PART}, round {number + 1} of {plan.rounds}: starting the servers …", flush=True)
        with fleet(installation, folder / f"sessions-{number}", CLASSES, quick=plan.quick) as started:
            for place, kind in enumerate(KINDS):
                case = Case(PART, _class(kind).label, kind.image_format, kind.label)
                _measure(plan, book, started, kind, case, fulls.setdefault(case, {}), number + place)
    judge(book, fulls)


def _measure(plan: Plan, book: Book, started: Fleet, kind: Kind, case: Case, fulls: Fulls, turn: int) -> None:
    raster = _class(kind)
    path, zooms = raster.path(quick=plan.quick), started.zooms[raster.name]
    steps = plan.steps if kind.people == 1 else plan.steps // 2
    walks = [walk(path, zooms, steps, 100 * turn + person, kind.pixels) for person in range(kind.people)]
    for server in started.in_turn(turn, kind.image_format):

        def tile_path(tile: Tile, server: Server = server) -> str:
            return server.path(raster, tile, kind.image_format, kind.pixels)

        with book.attempt(case, server.name):
            before = server.cpu_seconds()
            diary, seconds = look_around(server.port, tile_path, kind.image_format, walks)
            book.add(case, server.name, _result(diary, seconds, server.cpu_seconds() - before, server.memory()))
            fulls.setdefault(server.name, []).append(sorted(diary.fulls))


def _result(diary: Diary, seconds: float, cpu: float, memory: int) -> Result:
    return Result(
        tiles=len(diary.latencies),
        seconds=seconds,
        latencies=tuple(sorted(diary.latencies)),
        bytes=diary.bytes,
        cpu=cpu,
        memory=memory,
    )


def _class(kind: Kind) -> RasterClass:
    return next(raster for raster in CLASSES if raster.name == kind.raster)


def judge(book: Book, fulls: dict[Case, Fulls]) -> None:
    """Print the times to a full viewport, and compare with the targets."""
    told = book.told.setdefault("full_viewport_seconds", {})
    print("\nseconds until a viewport of 1280 x 800 is full: half of them, 95 %", flush=True)
    for case, found in fulls.items():
        for server, rounds in found.items():
            half, most = (statistics.median(quantile(full, part) for full in rounds) for part in (0.5, 0.95))
            told.setdefault(str(case), {})[server] = {"p50": half, "p95": most}
            print(f"  {case!s:<56} {server:<10} {half:7.3f} {most:7.3f}", flush=True)
        book.want(f"{case}: times TiTiler's tiles/s", book.ratio(case, "titiler", rate), at_least=of_session(case))
        halves = {server: [quantile(full, 0.5) for full in rounds] for server, rounds in found.items()}
        if len(halves.get(OURS, ())) != len(halves.get("titiler", ())):
            continue
        to_theirs = median_ratio(halves[OURS], halves["titiler"])
        book.want(f"{case}: time to a full viewport to TiTiler's", to_theirs, at_most=0.25)
