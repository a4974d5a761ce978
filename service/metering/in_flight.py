"""How many counted answers are under way, kept where it outlives a worker that is killed.

A worker that is killed has counted answers that were never sent. How many those can be is in a small file that it
writes through memory: raised before an answer is counted, lowered when the answer is with the kernel or given up. The
worker holds the file's lock while it lives and removes the file when it ends, so a file that nobody holds is that of a
process that was killed.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import mmap
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 8  # bytes


class InFlight:
    """The number of this process. Its memory is written without a system call."""

    def __init__(self, memory: bytearray | mmap.mmap) -> None:
        self._number = memoryview(memory).cast("Q")

    @property
    def number(self) -> int:
        """Answers that are counted, or may be, and that the kernel does not have yet."""
        return self._number[0]

    def hold(self) -> None:
        """Add an answer until the current task ends, however it ends: aiohttp runs each request in a task of its own.

        Called before the answer is counted, for a reply of Redis that comes too late has counted it too.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an answer is made outside of a task")
        self._number[0] += 1
        task.add_done_callback(self._release)

    def _release(self, _: asyncio.Task[object]) -> None:
        self._number[0] -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What a killed worker left behind."""

    worker: int
    """Its process id."""
    exit_code: int | None
    """Negative for a signal; None where nobody saw it end, as its supervisor was killed too."""
    at_most: int
    """Answers that it may have counted and not sent."""


@contextmanager
def counting_in(data_dir: Path) -> Iterator[InFlight]:
    """Yield this process's number; its file goes at the end. Raises OSError."""
    folder = _folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    # Process ids come back, and a process may be several workers, as in tests.
    path = folder / f"{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, bytes(SIZE))  # only now does it count as one: it is locked
        yield InFlight(mmap.mmap(descriptor, SIZE))
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def record_killed(data_dir: Path, worker: int | None = None, exit_code: int | None = None) -> list[Killed]:
    """Move what one killed worker left, or any, to `run/over_counted.jsonl`; return it. Blocks. Raises OSError."""
    found = []
    for path in _folder(data_dir).glob(f"{worker or '*'}.*"):
        number = _left_in(path)
        if number is not None:
            found.append(Killed(worker=int(path.stem), exit_code=exit_code, at_most=number))
            _append(data_dir, found[-1])
            path.unlink(missing_ok=True)
    return found


def over_counted(data_dir: Path) -> int:
    """Return the sum of what was recorded, of all workers and for good. Blocks briefly."""
    record = _record(data_dir)
    lines = record.read_text().splitlines() if record.exists() else []
    return sum(_at_most(line) for line in lines)


def _left_in(path: Path) -> int | None:
    """Return the number in the file of a process that was killed; None for one that lives or has just ended well."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = file.read(SIZE)
            ended_well = os.fstat(file.fileno()).st_nlink == 0
    except (FileNotFoundError, BlockingIOError):
        return None
    return None if ended_well or len(content) < SIZE else memoryview(content).cast("Q")[0]


def _append(data_dir: Path, killed: Killed) -> None:
    line = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "worker": killed.worker,
        "exit_code": killed.exit_code,
        "at_most": killed.at_most,
    }
    with _record(data_dir).open("a") as file:
        file.write(json.dumps(line) + "\n")


def _at_most(line: str) -> int:
    try:
        return int(json.loads(line)["at_most"])
    except ValueError:  # torn by a power cut
        return 0


def _folder(data_dir: Path) -> Path:
    return data_dir / "run" / "in_flight"


def _record(data_dir: Path) -> Path:
    return data_dir / "run" / "over_counted.jsonl"
