"""Tilegate as its users run it: `tilegate serve` with its own Valkey and SQLite; passwords; keys in the URLs.

Two settings are not the defaults: two workers, as the peers have, and a rate of tiles that a load test does not reach.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.servers.server import HOST, WORKERS, Server, free_port, running, wait_until_answering
from benchmarks.sharing import PASSWORD, ROOT, sharing
from service.links.link import TargetType
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.addresses import Tile, Zooms
    from benchmarks.rasters import RasterClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A data folder in which rasters are shared, not running."""

    folder: Path
    root: str | dict[str, Any]
    """The storage root, as it stands in the settings."""
    tokens: dict[str, str]
    """Of the link to each class of rasters, by the class's name."""
    zooms: dict[str, Zooms]
    """By the class's name."""


def install(
    folder: Path, classes: Sequence[RasterClass], *, quick: bool, root: str | dict[str, Any] | None = None
) -> Installation:
    """Register and share rasters in a new data folder. `root`: where they are, if not in their folder. Blocks."""
    place = root or str(classes[0].path(quick=quick).parent)
    paths = {kind: kind.path(quick=quick).name for kind in classes}
    return asyncio.run(_install(folder, place, paths))


async def _install(folder: Path, root: str | dict[str, Any], paths: dict[RasterClass, str]) -> Installation:
    tokens: dict[str, str] = {}
    zooms: dict[str, Zooms] = {}
    async with sharing(settings_of(folder, root)) as office:
        for kind, path in paths.items():
            item = await office.item(path, kind.rendering)
            tokens[kind.name] = office.token(await office.link(TargetType.ITEM, item.id))
            zooms[kind.name] = (item.minzoom or 0, item.maxzoom or 0)
    return Installation(folder=folder, root=root, tokens=tokens, zooms=zooms)


def settings_of(folder: Path, root: str | dict[str, Any]) -> Settings:
    """Return the settings of a data folder with one storage root."""
    return Settings(data_dir=folder, storage_roots={ROOT: root}, log_level="WARNING")  # type: ignore[dict-item]


@contextmanager
def tilegate(
    installation: Installation, folder: Path, environment: dict[str, str] | None = None, workers: int = WORKERS
) -> Iterator[Server]:
    """Run it on a copy of an installation, so that each run starts with empty caches and counters.

    In a folder where it has run before it is started again, with what it has stored.
    """
    if not folder.exists():
        shutil.copytree(installation.folder, folder, ignore=shutil.ignore_patterns("*.sock"))
    with serving(folder, installation.root, environment or {}, workers) as (port, pid):
        paths = {name: _tile_path(port, token) for name, token in installation.tokens.items()}

        def path(kind: RasterClass, tile: Tile, image_format: str, pixels: int) -> str:
            z, x, y = tile
            scale = "@2x" if pixels > 256 else ""
            return paths[kind.name].format(z=z, x=x, y=f"{y}{scale}.{image_format}")

        yield Server(name="tilegate", port=port, roots=(pid,), path=path)


@contextmanager
def serving(
    folder: Path, root: str | dict[str, Any], environment: dict[str, str], workers: int = WORKERS
) -> Iterator[tuple[int, int]]:
    """Run `tilegate serve` on a data folder; yield its port and its supervisor's process id."""
    port, log = free_port(), folder / "log"
    settings = {
        "TILEGATE_RATE_TILES": "1000000000",
        "TILEGATE_RATE_READ": "1000000000",
        "TILEGATE_LOG_LEVEL": "WARNING",
        "TILEGATE_STORAGE_ROOTS": json.dumps({ROOT: root}),
        **environment,
    }
    words = ["serve", "--data", str(folder), "--port", str(port), "--workers", str(workers)]
    with running([str(Path(sys.executable).with_name("tilegate")), *words], settings, log) as process:
        wait_until_answering(f"http://{HOST}:{port}/readyz", process, log)
        yield port, process.pid


def _tile_path(port: int, token: str) -> str:
    """Return the template of a link's tiles, key inside, with places for z, x and y with its ending."""
    template = urlsplit(tilejson(port, token)["tiles"][0])
    return f"{template.path.replace('{y}.png', '{y}')}?{template.query}"


def tilejson(port: int, token: str) -> dict[str, Any]:
    """Return a link's TileJSON."""
    url = f"http://{HOST}:{port}/s/{token}/tilejson.json"
    request = urllib.request.Request(url, headers={"X-Share-Password": PASSWORD})
    with urllib.request.urlopen(request, timeout=30) as response:
        document: dict[str, Any] = json.load(response)
    return document
