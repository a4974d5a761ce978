"""All servers at once, on the same rasters. Only one of them is under load at a time; the others idle."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mercantile

from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS
from benchmarks.servers import mapserver, nginx
from benchmarks.servers.tilegate import Installation, tilegate, tilejson
from benchmarks.servers.titiler import titiler

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.addresses import Tile, Zooms
    from benchmarks.rasters import RasterClass
    from benchmarks.servers.server import Server

HOW_TO_INSTALL = "apt-get install cgi-mapserver nginx-light wrk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Running servers, ours first, and what our TileJSON says of each raster."""

    servers: tuple[Server, ...]
    zooms: dict[str, Zooms]
    """By the class's name."""
    warmed: dict[str, Tile]
    """The tile of each class that all have been asked for already, by the class's name."""

    def in_turn(self, number: int, image_format: str) -> list[Server]:
        """Return the servers that know a format; each round and case another one is first."""
        turn = number % len(self.servers)
        servers = [*self.servers[turn:], *self.servers[:turn]]
        return [server for server in servers if image_format in server.formats]


@contextmanager
def fleet(installation: Installation, folder: Path, classes: Sequence[RasterClass], *, quick: bool) -> Iterator[Fleet]:
    """Start them with empty caches, and have each open its rasters once."""
    with ExitStack() as stack:
        ours = stack.enter_context(tilegate(installation, folder / "tilegate"))
        peers = [stack.enter_context(titiler(folder / "titiler.log", lambda kind: str(kind.path(quick=quick))))]
        if mapserver.installed():
            peers.append(stack.enter_context(mapserver.mapserver(folder / "mapserver", classes, quick=quick)))
        documents = {kind.name: tilejson(ours.port, installation.tokens[kind.name]) for kind in classes}
        warmed = {name: _inner_tile(document) for name, document in documents.items()}
        started = Fleet(servers=(ours, *peers), zooms=installation.zooms, warmed=warmed)
        for kind in classes:
            _warm_up(started, kind, warmed[kind.name])
        yield started


def _inner_tile(document: dict[str, Any]) -> Tile:
    """Return a tile that holds data, of the raster's own resolution."""
    lon, lat, _ = document["center"]
    found = mercantile.tile(lon, lat, document["maxzoom"])
    return found.z, found.x, found.y


def _warm_up(started: Fleet, kind: RasterClass, tile: Tile) -> None:
    image_format = kind.formats[0]
    for server in started.in_turn(0, image_format):
        path = server.path(kind, tile, image_format, 256)
        measure(server, [path] * CONNECTIONS * 2, image_format, CONNECTIONS)


def say_what_is_missing() -> None:
    """Print how to install the peers that are not here."""
    if not mapserver.installed():
        print(f"MapServer is not installed, so it is left out: {HOW_TO_INSTALL}", flush=True)
    if not nginx.installed():
        print(f"nginx is not installed, so its ceiling is left out: {HOW_TO_INSTALL}", flush=True)
