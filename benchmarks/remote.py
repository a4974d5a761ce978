"""Rasters that lie on a web server or in an object store, 20 ms away: requests and bytes for a tile of a session."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.book import OURS, Book, Case
from benchmarks.figures import Result, median_ratio
from benchmarks.rasters import CLASSES, FOLDER
from benchmarks.servers.server import HOST, free_port, wait_until_answering
from benchmarks.servers.tilegate import install, tilegate
from benchmarks.servers.titiler import titiler
from benchmarks.session import look_around
from benchmarks.walk import View, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.plan import Plan
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "remote sources"
LATENCY = 0.02  # seconds
RASTER = CLASSES[0]
FORMAT = "jpg"
COUNTS = "/-/asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """How both servers are told where the raster is."""

    name: str
    root: str | dict[str, Any]
    """Our storage root."""
    url: str
    """What TiTiler puts before the file's name."""
    environment: dict[str, str]
    """TiTiler's."""


Asked = dict[str, list[dict[str, float]]]
"""By server: what was asked of the store for a tile, each round."""


def main(plan: Plan, book: Book, _installation: Installation, folder: Path) -> None:
    """Measure a session on each store, each time with servers just started."""
    for place in ("http",) if plan.quick else ("http", "s3"):
        asked: Asked = {}
        with range_server(folder / f"range-server-{place}.log") as base:
            store = _store(place, base)
            installation = install(folder / f"remote-{place}", [RASTER], quick=plan.quick, root=store.root)
            for number in range(plan.rounds):
                views = walk(RASTER.path(quick=plan.quick), installation.zooms[RASTER.name], plan.steps, number, 256)
                for run in _servers(plan, store, installation, folder / f"remote-{place}-{number}", number):
                    case = Case(PART, RASTER.label, FORMAT, f"{place}, {LATENCY * 1000:.0f} ms away, 1 person")
                    with run as server, book.attempt(case, server.name):
                        _session(book, case, server, views, base, asked)
        _judge(book, place, asked)


def _servers(
    plan: Plan, store: Store, installation: Installation, folder: Path, number: int
) -> list[AbstractContextManager[Server]]:
    url = f"{store.url}/{RASTER.path(quick=plan.quick).name}"
    servers = [
        tilegate(installation, folder / "tilegate"),
        titiler(folder / "titiler.log", lambda _kind: url, store.environment),
    ]
    return servers if number % 2 == 0 else servers[::-1]


def _session(book: Book, case: Case, server: Server, views: list[View], base: str, asked: Asked) -> None:
    def path(tile: Tile) -> str:
        return server.path(RASTER, tile, FORMAT, 256)

    _counts(base)
    before = server.cpu_seconds()
    diary, seconds = look_around(server.port, path, FORMAT, [views])
    counts, tiles = _counts(base), len(diary.latencies)
    latencies = tuple(sorted(diary.latencies))
    result = Result(
        tiles=tiles,
        seconds=seconds,
        latencies=latencies,
        bytes=diary.bytes,
        cpu=server.cpu_seconds() - before,
        memory=server.memory(),
    )
    book.add(case, server.name, result)
    requests, size = (counts["heads"] + counts["gets"]) / tiles, counts["bytes"] / tiles
    asked.setdefault(server.name, []).append({"requests": requests, "bytes": size})
    print(f"    for a tile: {requests:.2f} requests, {size / 1000:.1f} kB", flush=True)


def _judge(book: Book, place: str, asked: Asked) -> None:
    book.told.setdefault("remote_per_tile", {})[place] = asked
    for server, rounds in asked.items():
        requests, size = (statistics.median(told[name] for told in rounds) for name in ("requests", "bytes"))
        print(f"  {place} {server:<10} {requests:6.2f} requests and {size / 1000:7.1f} kB for a tile", flush=True)
    ours, theirs = asked.get(OURS, []), asked.get("titiler", [])
    if ours and len(ours) == len(theirs):
        ratio = median_ratio([told["requests"] for told in ours], [told["requests"] for told in theirs])
        book.want(f"remote raster ({place}): requests for a tile to TiTiler's", ratio, at_most=0.5)


def _store(place: str, base: str) -> Store:
    if place == "http":
        url = f"{base}/{FOLDER.name}"
        return Store(name=place, root=url, url=url, environment={})
    bucket = f"s3://{FOLDER.name}"
    environment = {
        "AWS_S3_ENDPOINT": base.removeprefix("http://"),
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_NO_SIGN_REQUEST": "YES",
        "AWS_REGION": "us-east-1",
    }
    return Store(name=place, root={"url": bucket, "endpoint": base}, url=bucket, environment=environment)


@contextmanager
def range_server(log: Path) -> Iterator[str]:
    """Serve the folder of rasters with a latency; yield its URL. To an S3 client it is a bucket."""
    port = free_port()
    words = ["-m", "tests.range_server", str(FOLDER.parent), "--port", str(port), "--latency", str(LATENCY)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *words], stdin=subprocess.PIPE, stdout=output, stderr=output)
    try:
        wait_until_answering(f"http://{HOST}:{port}{COUNTS}", process, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _counts(base: str) -> dict[str, int]:
    """Return what was asked since the last time."""
    with urllib.request.urlopen(f"{base}{COUNTS}", timeout=10) as response:
        counts: dict[str, int] = json.load(response)
    return counts
