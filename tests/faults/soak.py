"""The soak: load, faults and a checker, window after window. `python -m tests.faults.soak --faults 200 --seed 7`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.processes.loops import run_until_signalled
from tests.faults.checker import Checker, Delivered, Findings, Reading
from tests.faults.faults import FAULTS, LOSING
from tests.faults.load import Load, running_clients
from tests.faults.readings import redis_reading, sql_reading
from tests.faults.sharer import Sharer, sharer_of
from tests.faults.system import PATIENCE, POLL, System, running_system

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENTS, LINKS_EACH, STREAMS = 3, 4, 12
LEAD, REST = 0.8, 0.8  # seconds of load before the first fault of a window, and after each
REPAIR = 3.0  # seconds that the workers are given to bring back what Redis lost
COUNTED_WITHIN = 15.0  # seconds
STABLE = 0.4  # seconds


@dataclass(slots=True)
class Report:
    """What was done and found."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    found: Findings = field(default_factory=Findings)
    bound: int = 0
    began: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether every delivered tile was counted once, and the books agree."""
        return self.found.is_right and not self.notes

    def __str__(self) -> str:
        """Return the table at the end."""
        kinds = [f"  {kind:16}{count:7}" for kind, count in sorted(self.faults.items())]
        figures = {
            "faults": self.faults.total(),
            "tiles": self.found.tiles,
            "lost": self.found.lost,
            "double": self.found.double,
            "phantoms": f"{self.found.phantoms} (of {self.found.uncertain} uncertain; in-flight bound {self.bound})",
            "wrong sums": self.found.crooked,
            "answers": ", ".join(f"{count} x {answer}" for answer, count in sorted(self.answers.items())),
            "seconds": round(time.monotonic() - self.began),
            "seed": self.seed,
        }
        return "\n".join([*kinds, *(f"{name:12}{value}" for name, value in figures.items()), *self.notes])


class Soak:
    """One system, its clients and its checker."""

    def __init__(self, system: System, sharer: Sharer, load: Load, report: Report) -> None:
        self.report = report
        self._system, self._sharer, self._load = system, sharer, load
        self._checker = Checker()

    async def window(self, kinds: list[str], chance: Random) -> Findings:
        """Run load with some faults in it; compare."""
        if LOSING & set(kinds):
            await self._settled()
        self._system.written_before = self._system.primary.size()
        await self._load.run()
        await asyncio.sleep(LEAD)
        told = []
        for kind in kinds:
            told.append(f"{kind} ({await FAULTS[kind](self._system, chance)})")
            await asyncio.sleep(REPAIR if kind in LOSING else REST)
        delivered = await self._load.pause()
        found = self._checker.look(delivered, await self._counted(delivered), self._bound(kinds))
        self.report.faults.update(kinds)
        self.report.bound += self._bound(kinds)
        self.report.found += found
        print(_line(self.report, found, told), flush=True)  # noqa: T201  (for who watches)
        return found

    async def close_books(self) -> None:
        """Compare what Redis counted with the ledger and with what the service says."""
        redis = await self._reading()
        if not await self._settled():
            self.report.notes.append(f"the ledger says {await self._ledger()}, Redis {redis}")
        if (said := await self._sharer.renders()) != redis.organization:
            self.report.notes.append(f"usage.current says {said}, Redis {redis.organization}")

    async def _counted(self, delivered: dict[str, Delivered]) -> Reading:
        """Return what is counted once all is, or after a while; and once it changes no more."""
        deadline = time.monotonic() + COUNTED_WITHIN
        while self._checker.misses(delivered, reading := await self._reading()) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(POLL)
        await asyncio.sleep(STABLE)
        while (again := await self._reading()) != reading and time.monotonic() < deadline + STABLE:
            reading = again
            await asyncio.sleep(STABLE)
        return again

    async def _settled(self) -> bool:
        """Wait until the ledger has what Redis has: no worker that ended is needed any more."""
        deadline = time.monotonic() + PATIENCE
        while (await self._ledger()).links != (await self._reading()).links:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL)
        return True

    async def _reading(self) -> Reading:
        async with self._system.primary.client() as client:
            return await redis_reading(client, self._sharer.organization_id)

    async def _ledger(self) -> Reading:
        connection = await self._system.sql_connection()
        try:
            return await sql_reading(connection)
        finally:
            await connection.close()

    def _bound(self, kinds: list[str]) -> int:
        return CLIENTS * STREAMS * len(kinds)


async def soak(
    windows: list[list[str]], seed: int, worker_command: tuple[str, ...] = (), log: Path | None = None
) -> Report:
    """Run windows against a system of its own."""
    report, chance = Report(seed), Random(seed)
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(running_system(worker_command, log))
        sharer = await sharer_of(system)
        item = await sharer.add_item()
        links = [dict([await sharer.share(item) for _ in range(LINKS_EACH)]) for _ in range(CLIENTS)]
        port = urlsplit(system.url).port or 0
        load = await stack.enter_async_context(running_clients(port, links, STREAMS, seed))
        running = Soak(system, sharer, load, report)
        for kinds in windows:
            await running.window(kinds, Random(chance.random()))
        await running.close_books()
        report.answers = load.answers
    return report


def plan(faults: int, seed: int, kinds: Sequence[str] = tuple(FAULTS)) -> list[list[str]]:
    """Return the faults of each window: all kinds in turn, each round in another order.

    A fault in which Redis loses data has a window of its own, in which no worker dies: the loss of both at once is
    not promised to be made good.
    """
    chance, deck, windows, left = Random(f"plan {seed}"), [], list[list[str]](), faults
    while left:
        if not deck:
            deck = chance.sample(sorted(kinds), len(kinds))
        size = min(left, chance.choice((1, 1, 2, 3)))
        window = [deck.pop()]
        while window[0] not in LOSING and len(window) < size and deck and deck[-1] not in LOSING:
            window.append(deck.pop())
        windows.append(window)
        left -= len(window)
    return windows


def _line(report: Report, found: Findings, told: list[str]) -> str:
    """Return what a person sees of a window."""
    verdict, seconds = "ok  " if found.is_right else "FAIL", time.monotonic() - report.began
    return (
        f"{verdict} {report.faults.total():4} {seconds:5.0f} s {found.tiles:6} tiles, lost {found.lost}, "
        f"double {found.double}, phantoms {found.phantoms} of {found.uncertain}: {', '.join(told)}"
    )


def main() -> None:
    """Parse the command line, run, say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(FAULTS), nargs="+", default=tuple(FAULTS), help="kinds of faults")
    parser.add_argument("--log", type=Path, help="where to keep what the service logs")
    options = parser.parse_args()
    reports: list[Report] = []

    async def run() -> None:
        reports.append(await soak(plan(options.faults, options.seed, options.only), options.seed, log=options.log))

    run_until_signalled(run())
    print(reports[0])  # noqa: T201
    sys.exit(not reports[0].is_right)


if __name__ == "__main__":
    main()
