"""The servers that are measured, as processes: ours by `tilegate demo`, TiTiler by uvicorn."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START_LIMIT = 60.0
PROCESSES = 2
"""Both sides get as much: two worker processes of ours with one render thread each, two of TiTiler's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRaster:
    """A raster that our server shares: the template of its tiles (key inside) and where it lies."""

    path: Path
    tilejson: dict[str, Any]

    def tile(self, z: int, x: int, y: int) -> str:
        """Return the URL of a tile."""
        template: str = self.tilejson["tiles"][0]
        return template.format(z=z, x=x, y=y)


@contextmanager
def tilegate(rasters: Sequence[Path], folder: Path, environment: dict[str, str]) -> Iterator[list[SharedRaster]]:
    """Run our server with rasters shared, without tile cache and rate limit; its log is `folder/log`."""
    settings = {
        "TILEGATE_WORKERS": str(PROCESSES),
        "TILEGATE_RENDER_THREADS": "1",
        "TILEGATE_TILE_CACHE_BYTES": "0",
        "TILEGATE_RATE_TILES": "100000000",
        "TILEGATE_LOG_LEVEL": "WARNING",
        **environment,
    }
    command = [
        str(Path(sys.executable).with_name("tilegate")),
        "demo",
        *map(str, rasters),
        "--data",
        str(folder),
        "--port",
    ]
    with running([*command, str(free_port())], settings, folder / "log"):
        demo = json.loads(_wait_for(folder / "demo.json").read_text())
        yield [
            SharedRaster(path=raster, tilejson=_tilejson(link))
            for raster, link in zip(rasters, demo["links"], strict=True)
        ]


@contextmanager
def titiler(log: Path) -> Iterator[str]:
    """Run TiTiler; yield its base URL."""
    port = free_port()
    words = ["-m", "uvicorn", "titiler.application.main:app", "--port", str(port), "--workers", str(PROCESSES)]
    environment = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": "200", "VSI_CACHE": "TRUE"}
    with running([sys.executable, *words, "--log-level", "warning"], environment, log):
        wait_until_answering(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run a server until the end of the context."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _tilejson(link: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(link["tilejson_url"], headers={"X-Share-Password": link["password"]})
    with urllib.request.urlopen(request, timeout=30) as response:
        document: dict[str, Any] = json.load(response)
    return document


def _wait_for(path: Path) -> Path:
    deadline = time.monotonic() + START_LIMIT
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path} did not appear; see {path.parent / 'log'}")
        time.sleep(0.1)
    return path


def wait_until_answering(url: str) -> None:
    """Return once a URL answers 200."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
