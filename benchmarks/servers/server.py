"""What all servers have in common: processes, an address, and a path for each tile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.rasters import RasterClass

HOST = "127.0.0.1"
START_LIMIT = 90.0  # seconds
END_LIMIT = 30.0  # seconds
WORKERS = 2
"""Each server gets as many worker processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    name: str
    port: int
    roots: tuple[int, ...]
    """Process ids; all that descends from them belongs to it."""
    path: Callable[[RasterClass, Tile, str, int], str] = lambda *_: "/"
    """The path of a tile of a class of rasters, in a format (jpg, png, webp), so many pixels wide."""
    formats: frozenset[str] = frozenset({"jpg", "png", "webp"})

    def cpu_seconds(self) -> float:
        """Return the CPU time that all its processes have used so far."""
        return processes.cpu_seconds(self.roots)

    def memory(self) -> int:
        """Return the bytes that its processes hold, each shared page once."""
        return processes.memory(self.roots)


@contextmanager
def running(
    command: list[str],
    environment: dict[str, str],
    log: Path,
    *,
    stdin: socket.socket | None = None,
    patience: float = END_LIMIT,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the end of the context, which it gets `patience` seconds to meet. It writes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=stdin or subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once a URL answers 200. Raises RuntimeError with the log's end where its server ends or stays silent."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer; the end of {log}:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
