"""Starting the process that optimises, showing how far it is, and saying how it ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from service.cli.one_line import Refused

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from service.cli.optimising.wish import Wish

COMMAND = (sys.executable, "-P", "-m", "service.cli.optimising")


class Shown(Protocol):
    """Shows how far it is."""

    def reading(self, part: float) -> None:
        """So much of the pixels is read, from 0 to 1."""

    def writing(self) -> None:
        """All is read, and the target begun."""


async def run(wish: Wish, shown: Shown) -> dict[str, Any]:
    """Return what was written, as the fields of `Optimised`.

    Raises Refused with the reason; the target may then be there in part. The process dies with this one.
    """
    process = await asyncio.create_subprocess_exec(*COMMAND, str(os.getpid()), stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    try:
        return await _heard(process, wish, shown)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _heard(process: Process, wish: Wish, shown: Shown) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    process.stdin.write(f"{wish.packed()}\n".encode())
    with suppress(ConnectionError):  # it is gone: its end says why
        await process.stdin.drain()
    async for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "refused" in told:
            raise Refused(f"{wish.source.name}: {told['refused']}")
        if "written" in told:
            written: dict[str, Any] = told["written"]
            return written
        shown.reading(told["reading"]) if "reading" in told else shown.writing()
    raise Refused(f"{wish.source.name}: {_end(await process.wait(), wish)}")


def _end(code: int, wish: Wish) -> str:
    if -code in {signal.SIGXCPU, signal.SIGKILL}:
        return f"it took over {wish.seconds // 60} minutes of a processor, or was ended: allow more with --cpu-minutes"
    memory = f"{wish.memory // 2**20} MiB"
    return f"the process that read it broke off: the file is damaged, or needs more than the {memory} of --memory"
