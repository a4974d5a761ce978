"""Whether all servers show the same picture, so that nobody is measured on blank tiles."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import mercantile
import numpy as np
from PIL import Image

from benchmarks.addresses import point
from benchmarks.checks import WrongAnswer, check
from benchmarks.load import fetch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.addresses import Tile, Zooms
    from benchmarks.fleet import Fleet
    from benchmarks.rasters import RasterClass
    from benchmarks.servers.server import Server

ALIKE = 16.0
"""Mean difference of 255 that is allowed: nearest neighbours of another overview, and another JPEG quality."""
SAME_COLOUR = 4.0
"""Of 255, between the means of two pictures."""
DETAIL = 5.0
"""Standard deviation of 255 below which a picture is blank."""


def compare(started: Fleet, kind: RasterClass, path: Path) -> dict[str, float]:
    """Return the mean difference of each peer from ours, of 255. Raises WrongAnswer for another picture, or a blank."""
    worst: dict[str, float] = {}
    for tile in _inner_tiles(path, started.zooms[kind.name]):
        for image_format in kind.formats:
            ours, *peers = [server for server in started.servers if image_format in server.formats]
            picture = _picture(ours, kind, tile, image_format)
            if picture.std() < DETAIL:
                raise WrongAnswer(f"{ours.name} draws nothing for {kind.label} {image_format} at {tile}")
            for peer in peers:
                other = _picture(peer, kind, tile, image_format)
                difference = float(np.abs(picture - other).mean())
                shift = float(np.abs(picture.mean(axis=(0, 1)) - other.mean(axis=(0, 1))).max())
                if difference > ALIKE or shift > SAME_COLOUR:
                    told = f"{difference:.1f} of 255 apart, their means {shift:.1f}"
                    raise WrongAnswer(f"{ours.name} and {peer.name}, {kind.label} {image_format} at {tile}: {told}")
                worst[peer.name] = max(worst.get(peer.name, 0.0), difference)
    return worst


def _inner_tiles(path: Path, zooms: Zooms) -> list[Tile]:
    """Return a tile of the raster's own resolution and one of an overview, neither at an edge."""
    lon, lat = point(path, 0.4, 0.4)
    found = [mercantile.tile(lon, lat, zoom) for zoom in (zooms[1], zooms[1] - 2)]
    return [(tile.z, tile.x, tile.y) for tile in found]


def _picture(server: Server, kind: RasterClass, tile: Tile, image_format: str) -> NDArray[np.float32]:
    path = server.path(kind, tile, image_format, 256)
    (answer,) = fetch(server, [path])
    check(answer, image_format, f"{server.name} {path}")
    with Image.open(io.BytesIO(answer.body)) as image:
        return np.asarray(image.convert("RGB"), np.float32)
