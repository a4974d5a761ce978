"""Starting the process that optimises, showing how far it is, and saying how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

from service.cli.one_line import Refused

if TYPE_CHECKING:
    from service.cli.optimising.wish import Wish

COMMAND = (sys.executable, "-P", "-m", "service.cli.optimising")


class Shown(Protocol):
    """Shows how far it is."""

    def reading(self, part: float) -> None:
        """So much of the pixels is read, from 0 to 1."""

    def writing(self) -> None:
        """All is read, and the target begun."""


def run(wish: Wish, shown: Shown) -> dict[str, Any]:
    """Return what was written, as the fields of `Optimised`. Blocks.

    Raises Refused with the reason; the target may then be there in part. The process dies with this one.
    """
    with subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [*COMMAND, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            return _heard(process, wish, shown)
        finally:
            process.kill()


def _heard(process: subprocess.Popen[str], wish: Wish, shown: Shown) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101  (they are pipes)
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(wish.packed() + "\n")
    process.stdin.close()
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "refused" in told:
            raise Refused(f"{wish.source.name}: {told['refused']}")
        if "written" in told:
            written: dict[str, Any] = told["written"]
            return written
        shown.reading(told["reading"]) if "reading" in told else shown.writing()
    raise Refused(f"{wish.source.name}: {_end(process.wait(), wish)}")


def _end(code: int, wish: Wish) -> str:
    if -code in {signal.SIGXCPU, signal.SIGKILL}:
        return f"it took over {wish.seconds // 60} minutes of a processor, or was ended: allow more with --cpu-minutes"
    memory = f"{wish.memory // 2**20} MiB"
    return f"the process that read it broke off: the file is damaged, or needs more than the {memory} of --memory"
