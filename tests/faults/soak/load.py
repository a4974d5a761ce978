"""The client processes, seen from the soak."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.soak.checker import Delivered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

LIMIT = 2**20
PATIENCE = 60.0  # seconds: longer than a request's own
EXHAUSTED = "403budget_exhausted"
CLIENT = Path(__file__).with_name("client.py")


class Load:
    """Processes that run and pause together."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        self.answers: dict[str, int] = {}
        """How often each answer came, until the last pause."""

    def run(self, clients: int | None = None) -> None:
        """Let the clients go, or the first few of them."""
        for process in self._processes[:clients]:
            _say(process, "run")

    async def pause(self) -> dict[str, Delivered]:
        """Have the clients finish what is in flight; return the tally of each link, since the start."""
        for process in self._processes:
            _say(process, "pause")
        async with asyncio.timeout(PATIENCE):
            lines = await asyncio.gather(*(process.stdout.readline() for process in self._processes if process.stdout))
        tallies = {link: tally for line in lines for link, tally in json.loads(line).items()}
        self.answers = {}
        for tally in tallies.values():
            for answer, count in tally["answers"].items():
                self.answers[answer] = self.answers.get(answer, 0) + count
        return {
            link: Delivered(
                tiles=tally["delivered"],
                bytes=tally["delivered_bytes"],
                pixels=tally["delivered_pixels"],
                uncertain=tally["uncertain"],
                exhausted=tally["answers"].get(EXHAUSTED, 0),
            )
            for link, tally in tallies.items()
        }


@asynccontextmanager
async def running_clients(
    port: int, links: Sequence[Mapping[str, Sequence[str]]], streams: int, seed: int
) -> AsyncIterator[Load]:
    """Yield a client process for each set of links (id → paths), each with so many requests in flight at most."""
    async with AsyncExitStack() as stack:
        processes = []
        for number, own in enumerate(links):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", str(CLIENT), stdin=PIPE, stdout=PIPE, limit=LIMIT
            )
            stack.push_async_callback(_end, process)
            _say(process, {"port": port, "links": own, "streams": streams, "seed": seed + number})
            processes.append(process)
        load = Load(processes)
        await load.pause()  # now they have started
        yield load


def _say(process: Process, what: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what).encode() + b"\n")


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
