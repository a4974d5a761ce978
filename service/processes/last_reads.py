"""What a worker was reading when it died: written by the worker through memory, read by its supervisor.

A signal that a library earned (SIGSEGV and its like) makes Python write which thread got it, so that one file alone is
blamed; a worker that was killed for being stuck, or that the kernel killed for want of memory, leaves all that its
threads read as suspects.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import re
import secrets
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiling.files.last_read import MEMORY, READING, marked

if TYPE_CHECKING:
    from collections.abc import Iterator

EARNED = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGSYS, signal.SIGTRAP}
)
"""Signals that a process earns by what it does; all others come from somebody."""
_CURRENT_THREAD = re.compile(rb"^Current thread 0x([0-9a-f]+)", re.MULTILINE)
_FRAME = re.compile(rb"^Current thread [^\n]*\n +(File [^\n]{1,300})", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReads:
    """What a worker left."""

    suspects: frozenset[bytes]
    """Keys of what was being read (`tiling.files.last_read.version_key`)."""
    where: str
    """Where in our code a signal met it; empty where Python did not report it."""


@contextmanager
def marking_reads(data_dir: Path) -> Iterator[None]:
    """Have this process's threads mark what they read, where it outlives the process. Raises OSError."""
    folder = _folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}.{secrets.token_hex(4)}"
    report = path.with_suffix(".crash")
    with path.open("wb+") as file, report.open("wb") as crash:
        file.truncate(MEMORY)
        READING.keep_in(memoryview(mmap.mmap(file.fileno(), MEMORY)))
        faulthandler.enable(crash, all_threads=True)  # for one thread alone it does not say which
        try:
            yield
        finally:
            faulthandler.disable()
            READING.keep_in(None)
            path.unlink(missing_ok=True)
            report.unlink(missing_ok=True)


def take_last_reads(data_dir: Path, worker: int, exit_code: int, *, was_killed_for_it: bool) -> LastReads:
    """Return what a worker was reading when it died, and remove its files. Blocks briefly. Raises OSError.

    `was_killed_for_it`: whether a kill (SIGKILL) was for what it did, as it was stuck or took all memory.
    """
    marks, crash = dict[int, bytes](), b""
    for path in _folder(data_dir).glob(f"{worker}.*"):
        content = path.read_bytes()
        path.unlink(missing_ok=True)
        if path.suffix == ".crash":
            crash = content
        else:
            marks = marked(content)
    if -exit_code in EARNED:
        thread = _CURRENT_THREAD.search(crash)
        frame = _FRAME.search(crash)
        guilty = marks.get(int(thread[1], 16)) if thread else None
        suspects = marks.values() if thread is None else [] if guilty is None else [guilty]
        return LastReads(suspects=frozenset(suspects), where=frame[1].decode(errors="replace") if frame else "")
    return LastReads(suspects=frozenset(marks.values() if was_killed_for_it else ()), where="")


def forget_last_reads(data_dir: Path) -> None:
    """Remove what workers of a killed supervisor left. Raises OSError."""
    for path in _folder(data_dir).glob("*"):
        path.unlink(missing_ok=True)


def killed_for_memory() -> int:
    """Return how many processes the kernel has killed for want of memory; 0 where that is unknown."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _folder(data_dir: Path) -> Path:
    return data_dir / "run" / "reading"
