from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0  # seconds, on a busy machine


def eventually(condition: Callable[[], object], timeout: float = PATIENCE) -> None:
    """Return once the condition is true; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and that its parent has not reaped yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_of(folder: Path) -> list[psutil.Process]:
    """All living processes that were started for a data folder, or by such a process."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline()) + process.environ().get("TEST_DATA_DIR", "")
        except psutil.Error:
            continue
        if str(folder) in words and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


class TinyService:
    """A real supervisor with real workers and a real Valkey; only the application is tiny."""

    def __init__(
        self, folder: Path, workers: int, *, standby: bool = False, worker: Path | None = None, **settings: object
    ) -> None:
        self.folder = folder
        self.log = folder / "service.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    str(Path(__file__).with_name("tiny_service.py")),
                    str(folder),
                    str(workers),
                    *["standby"] * standby,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={
                    **os.environ,
                    **{f"TILEGATE_{name.upper()}": str(value) for name, value in settings.items()},
                    "TEST_DATA_DIR": str(folder),
                    "TEST_WORKER": str(worker or Path(__file__).with_name("tiny_worker.py")),
                },
            )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return response.read().decode()

    def worker_pids(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.process.pid).children() if _is_worker(child)}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "tiny_worker" in str(process.cmdline())
    except psutil.Error:  # it has just ended
        return False
