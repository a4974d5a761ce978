"""The soak: load, faults and a checker, window after window; then mutants of the meter, which must not pass.

`python -m tests.faults.soak --faults 200 --seed 7`, or `make soak FAULTS=200 SEED=7`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.processes.loops import run_until_signalled
from tests.faults.soak.checker import Findings
from tests.faults.soak.directed import DIRECTED
from tests.faults.soak.faults import FAULTS
from tests.faults.soak.load import Load, running_clients
from tests.faults.soak.losses import LOSING
from tests.faults.soak.mutants import MUTANTS, REDIS_7_MUTANTS, WRONG_ALONE, worker_command
from tests.faults.soak.party import PLANS, Party, party_of
from tests.faults.soak.plan import plan
from tests.faults.soak.readings import over_counted
from tests.faults.soak.report import Report
from tests.faults.soak.system import Setup, System, running_system

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CLIENTS, LINKS_EACH, STREAMS = 3, 4, 12
LEAD, REST = 0.8, 0.8  # seconds of load before the first fault of a window, and after each
ALONE = 4.0  # seconds of load of a window without a fault
REPAIR = 3.0  # seconds that the workers are given to bring back what Redis lost
COUNTED_WITHIN = 15.0  # seconds
CAUGHT_WITHIN = 4.0  # seconds that a mutant is given to count what it lost, which it will not
MUTANTS_WORKERS = 2
ALL_MUTANTS = MUTANTS | REDIS_7_MUTANTS
INJECTORS = FAULTS | DIRECTED


class Soak:
    """One system, its organizations, its clients and its checkers."""

    def __init__(self, system: System, parties: list[Party], load: Load, report: Report, patience: float) -> None:
        self.report = report
        self._system, self._parties, self._load, self._patience = system, parties, load, patience
        self._recorded_before = 0
        self._windows = 0

    async def window(
        self, kinds: list[str], chance: Random, clients: int | None = None, *, with_budgets: bool = True
    ) -> Findings:
        """Run load, of all clients or of some, with some faults in it; compare.

        Budgets stand where Redis loses nothing: after a loss they are judged by what is there for about a second.
        """
        is_losing = bool(set(kinds) & set(LOSING))
        if is_losing and not all([await party.books.settled() for party in self._parties]):
            raise TimeoutError("the ledger does not catch up")
        for number, party in enumerate(self._parties):
            is_limited = with_budgets and not is_losing and number == 1 + self._windows % (len(self._parties) - 1)
            await party.limit(is_limited=is_limited)
        self._windows += 1
        self._system.written_before = self._system.primary.size()
        self._recorded_before = over_counted(self._system.data)
        self._load.run(clients)
        await asyncio.sleep(LEAD if kinds else ALONE)
        told = []
        for kind in kinds:
            told.append(f"{kind} ({await INJECTORS[kind](self._system, chance)})")
            await asyncio.sleep(REPAIR if kind in LOSING else REST)
        delivered, bound = await self._load.pause(), self._bound(kinds)
        found = Findings()
        for party in self._parties:
            found += await party.look(delivered, self._patience)
        found = found.bounded(bound)
        self.report.add(kinds, found, bound)
        print(self.report.line(found, told), flush=True)  # noqa: T201  (for who watches)
        return found

    def _bound(self, kinds: list[str]) -> int:
        """Return how many tiles may have been counted and not sent: all in flight at each fault.

        Where nothing but workers was killed, no more than the service itself recorded.
        """
        in_flight = CLIENTS * STREAMS * len(kinds)
        recorded = over_counted(self._system.data) - self._recorded_before
        return min(in_flight, recorded) if set(kinds) == {"kill worker"} else in_flight

    async def close_books(self) -> None:
        """Compare what Redis counted with the ledger, and with what the service says."""
        self.report.answers = self._load.answers
        self.report.recorded = over_counted(self._system.data)
        for party in self._parties:
            self.report.notes += await party.close()


@asynccontextmanager
async def running_soak(setup: Setup, seed: int, patience: float) -> AsyncIterator[Soak]:
    """Yield a soak with a system of its own, whose clients wait for the first window: one for each organization."""
    async with running_system(setup) as system:
        parties = [await party_of(system, f"party{number}", LINKS_EACH, PLANS[number]) for number in range(CLIENTS)]
        port = urlsplit(system.url).port or 0
        async with running_clients(port, [party.links for party in parties], STREAMS, seed) as load:
            yield Soak(system, parties, load, Report(seed), patience)


async def soak(windows: list[list[str]], seed: int, setup: Setup) -> Report:
    """Run windows against the service as it is."""
    chance = Random(seed)
    async with running_soak(setup, seed, COUNTED_WITHIN) as running:
        try:
            for kinds in windows:
                await running.window(kinds, Random(chance.random()))
            await running.close_books()
        except (TimeoutError, AssertionError) as error:
            running.report.notes.append(f"it did not heal in time: {error!r}")
        return running.report


async def is_caught(mutant: str, seed: int, setup: Setup) -> bool:
    """Whether the checker finds a mutant of the meter right without faults, and wrong with those that show it."""
    wrong = replace(setup, worker_command=worker_command(mutant), workers=MUTANTS_WORKERS, log=None)
    async with running_soak(wrong, seed, CAUGHT_WITHIN) as running:
        control = await running.window([], Random(seed), with_budgets=False)
        if mutant in WRONG_ALONE:
            return not control.is_right
        if not (control.is_right and control.tiles):
            return False
        for number, window in enumerate(ALL_MUTANTS[mutant]):
            if not (await running.window(window.faults, Random(seed + number), window.clients)).is_right:
                return True
    return False


async def escaped(mutants: list[str], seed: int, setup: Setup) -> list[str]:
    """Run mutants; return those that got away."""
    found = []
    for mutant in mutants:
        print(f"mutant, must fail: {mutant}", flush=True)  # noqa: T201
        if not await is_caught(mutant, seed, setup):
            found.append(mutant)
    return found


async def main(options: argparse.Namespace) -> int:
    """Run the soak, and then each mutant; return the exit code."""
    setup = Setup(server=options.server, log=options.log)
    report = await soak(plan(options.faults, options.seed, options.only), options.seed, setup)
    away = await escaped(options.mutants, options.seed, setup)
    print(report)  # noqa: T201
    print(f"mutants     {len(options.mutants) - len(away)} of {len(options.mutants)} caught", *away)  # noqa: T201
    return int(bool(away) or not report.is_right)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(FAULTS), nargs="+", default=tuple(FAULTS), help="kinds of faults")
    parser.add_argument("--mutants", choices=sorted(ALL_MUTANTS), nargs="*", default=list(MUTANTS))
    parser.add_argument("--server", type=Path, default=Setup().server, help="another Redis or Valkey")
    parser.add_argument("--log", type=Path, help="where to keep what the service logs")
    return parser.parse_args()


if __name__ == "__main__":
    codes: list[int] = []

    async def run() -> None:
        """Keep the exit code of a soak that was not interrupted."""
        codes.append(await main(parse()))

    run_until_signalled(run())
    sys.exit(codes[0] if codes else "interrupted")
