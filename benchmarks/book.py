"""What was measured, round by round, and whether the targets are reached."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.checks import WrongAnswer
from benchmarks.figures import Result, median_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OURS = "tilegate"


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """What was asked of each server alike."""

    part: str
    raster: str
    """A class's label."""
    image_format: str
    load: str
    """Such as "8 connections"."""

    def __str__(self) -> str:
        return f"{self.raster} {self.image_format} · {self.load}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A target, and what was reached."""

    what: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the value is on the right side of what was wanted."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def __str__(self) -> str:
        wanted = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{'reached' if self.is_reached else 'MISSED '} {self.value:8.2f} {wanted:>8}  {self.what}"


@dataclass(slots=True, kw_only=True)
class Book:
    """Results by case and server, one a round; verdicts; and whatever else a part tells."""

    results: dict[Case, dict[str, list[Result]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    verdicts: list[Verdict] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """Loads that were answered wrongly. They have no result, and a run that has any has failed."""

    def add(self, case: Case, server: str, result: Result) -> None:
        """Write a round's result down, and say it."""
        self.results[case][server].append(result)
        p99 = f", 99 % in {result.within(0.99) * 1000:.0f} ms" if result.latencies else ""
        refused = f", {result.refused} refused" if result.refused else ""
        print(f"  {case!s:<52} {server:<11} {result.rate:7.0f} tiles/s{p99}{refused}", flush=True)

    @contextmanager
    def attempt(self, case: Case, server: str) -> Iterator[None]:
        """Go on with the next load where this one fails: hours of others are not lost, and the run still fails."""
        try:
            yield
        except (WrongAnswer, OSError, TimeoutError, ExceptionGroup) as error:
            told = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            self.failures.append(f"{case}: {server}: {told!r}")
            print(f"  FAILED {self.failures[-1]}", flush=True)

    def median(self, case: Case, server: str, figure: Callable[[Result], float]) -> float | None:
        """Return the median of the rounds, or None where the server was not asked."""
        found = self.results[case].get(server)
        return statistics.median(map(figure, found)) if found else None

    def ratio(self, case: Case, peer: str, figure: Callable[[Result], float]) -> float | None:
        """Return how many times the peer's figure ours is: the median of the rounds' ratios. None without a peer."""
        servers = self.results[case]
        if not (servers.get(OURS) and servers.get(peer)):
            return None
        if len(servers[OURS]) != len(servers[peer]):  # a round failed, so that no pairs are left
            return None
        return median_ratio([*map(figure, servers[OURS])], [*map(figure, servers[peer])])

    def want(
        self, what: str, value: float | None, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        """Judge a value, where there is one."""
        if value is not None:
            self.verdicts.append(Verdict(what=what, value=value, at_least=at_least, at_most=at_most))

    def cases(self, part: str) -> list[Case]:
        """Return the cases of a part in the order in which they came."""
        return [case for case in self.results if case.part == part]

    def peak_memory(self, part: str, server: str) -> int | None:
        """Return the most bytes that a server held after any load of a part."""
        held = [result.memory for case in self.cases(part) for result in self.results[case].get(server, ())]
        return max(held, default=None)

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write everything as JSON. Blocks. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        cases = [
            {**asdict(case), "servers": {name: [*map(_told, found)] for name, found in servers.items()}}
            for case, servers in self.results.items()
        ]
        targets = [{**asdict(verdict), "is_reached": verdict.is_reached} for verdict in self.verdicts]
        document = {"about": about, "failures": self.failures, "targets": targets, "cases": cases, **self.told}
        path.write_text(json.dumps(document, indent=1) + "\n")


def _told(result: Result) -> dict[str, float]:
    told: dict[str, float] = {
        "tiles": result.tiles,
        "seconds": result.seconds,
        "tiles_per_second": result.rate,
        "cpu_seconds_per_1000_tiles": result.cpu_of_thousand,
        "memory_bytes": result.memory,
        "bytes": result.bytes,
        "refused": result.refused,
    }
    if result.latencies:
        told |= {"p50_seconds": result.within(0.5), "p99_seconds": result.within(0.99)}
    return told
