"""Many shares of a raster, and many rasters in a share: only ours has them, so that it is compared with itself."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import mercantile
import rasterio
from rasterio import Affine

from benchmarks import scenery, wrk
from benchmarks.addresses import Tile, random_tiles
from benchmarks.book import OURS, Book, Case
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, CROWD, Plan
from benchmarks.points import told
from benchmarks.rasters import CLASSES, FOLDER, WEB_TILE, WEB_ZOOM, Rendering
from benchmarks.servers.server import Server
from benchmarks.servers.tilegate import serving, settings_of
from benchmarks.sharing import sharing
from service.links.link import TargetType

if TYPE_CHECKING:
    from pathlib import Path

PART = "growth"
FORMAT = "jpg"
SHARES = (1, 100, 10_000)
COLLECTIONS = (1, 50, 500)
RASTER = CLASSES[0]
TILES = 40
KNOWING = 4
"""How often all links are asked for before anything is measured: each time a worker meets half of those it has not."""
LIST = 300
SIDE = 512
"""Pixels a side of a collection's rasters, which lie side by side on the tile grid: four tiles each."""
WIDE = 25
"""Rasters in a row of the collection."""
BROAD_ZOOMS = 4
"""How many zooms, from the coarsest on, count as broad views: tiles on which many rasters meet."""


def shares(plan: Plan, book: Book, folder: Path) -> list[dict[str, Any]]:
    """Load cached tiles over ever more links: whether admission and metering notice how many there are."""
    path, points = RASTER.path(quick=plan.quick), []
    tiles = random_tiles(path, (16, 17), TILES, seed=1)
    for count in SHARES:
        place, started = folder / f"shares-{count}", time.monotonic()
        templates = asyncio.run(_links(place, path, count))
        print(f"  {count} links made in {time.monotonic() - started:.0f} s", flush=True)
        listed = [_path(templates[n % count], tiles[n % TILES]) for n in range(max(count, TILES))]
        with serving(place, str(path.parent), {}) as (port, pid):
            server = Server(name=OURS, port=port, roots=(pid,))
            once = [_path(templates[0], tile) for tile in tiles]
            measure(server, once * 20, FORMAT, CONNECTIONS)  # renders them in both workers
            for _ in range(KNOWING):
                measure(server, listed, FORMAT, CONNECTIONS)
            case = Case(PART, RASTER.label, FORMAT, f"{count} shares, cached tiles")
            with book.attempt(case, OURS):
                result = (
                    wrk.saturate(server, listed, CROWD, plan.seconds)
                    if wrk.installed()
                    else measure(server, listed * (20_000 // len(listed)), FORMAT, CROWD)
                )
                points.append(told(book, case, OURS, count, result))
    return points


async def _links(folder: Path, path: Path, count: int) -> list[str]:
    async with sharing(settings_of(folder, str(path.parent))) as office:
        item = await office.item(path.name, RASTER.rendering)
        first = await office.link(TargetType.ITEM, item.id)
        links = [first, *await office.more_links(first, count - 1)]
        return [office.tile_path(link) for link in links]


def collections(book: Book, folder: Path) -> list[dict[str, Any]]:
    """Load tiles of ever larger collections: close ones, where few rasters meet, and broad ones, where many do."""
    rasters, points = _make_rasters(max(COLLECTIONS)), []
    for count in COLLECTIONS:
        place, started = folder / f"collection-{count}", time.monotonic()
        template = asyncio.run(_collection(place, rasters[:count]))
        print(f"  a collection of {count} made in {time.monotonic() - started:.0f} s", flush=True)
        close, broad = collection_tiles(count)
        with serving(place, str(rasters[0].parent), {}) as (port, pid):
            server = Server(name=OURS, port=port, roots=(pid,))
            for name, tiles in (("close", close[:LIST]), ("broad", broad[:LIST])):
                case = Case(PART, f"collection of {count}", FORMAT, f"{name} views")
                paths = [_path(template, tile) for tile in tiles]
                with book.attempt(case, OURS):
                    result = measure(server, paths, FORMAT, CONNECTIONS, may_refuse=True)
                    points.append(told(book, case, OURS, count, result) | {"view": name})
    return points


def collection_tiles(count: int) -> tuple[list[Tile], list[Tile]]:
    """Return the tiles of a collection's own resolution, and those of its coarsest zooms, each in a fixed order."""
    per_side = SIDE // 256
    close = [
        (
            WEB_ZOOM,
            WEB_TILE[0] + per_side * (n % WIDE) + part % per_side,
            WEB_TILE[1] + per_side * (n // WIDE) + part // per_side,
        )
        for part in range(per_side**2)
        for n in range(count)
    ]
    broad = dict[Tile, None]()
    for zoom in range(WEB_ZOOM - 6, WEB_ZOOM - 6 + BROAD_ZOOMS):
        shift = WEB_ZOOM - zoom
        broad |= {(zoom, x >> shift, y >> shift): None for _, x, y in close}
    return close, list(broad)


async def _collection(folder: Path, rasters: list[Path]) -> str:
    async with sharing(settings_of(folder, str(rasters[0].parent))) as office:
        rendering = Rendering(bands=(1, 2, 3))
        items = [(await office.item(path.name, rendering)).id for path in rasters]
        collection = await office.collection(items)
        return office.tile_path(await office.link(TargetType.COLLECTION, collection))


def _make_rasters(count: int) -> list[Path]:
    """Return small rasters side by side, made where they are missing."""
    folder = FOLDER / "collection"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.tif" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            _write(path, number)
    return paths


def _write(path: Path, number: int) -> None:
    left, _, _, top = mercantile.xy_bounds(
        WEB_TILE[0] + SIDE // 256 * (number % WIDE), WEB_TILE[1] + SIDE // 256 * (number // WIDE), WEB_ZOOM
    )
    pixel = 2 * 20037508.342789244 / 2**WEB_ZOOM / 256
    corner = SIDE * (number % 3)
    unfinished = path.with_suffix(".part.tif")
    profile = {"driver": "COG", "width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8", "crs": "EPSG:3857"}
    options = {"compress": "JPEG", "quality": 75, "blocksize": 256, "transform": Affine(pixel, 0, left, 0, -pixel, top)}
    with rasterio.open(unfinished, "w", **profile, **options) as raster:
        raster.write(scenery.colours()[:, corner : corner + SIDE, corner : corner + SIDE])
    unfinished.replace(path)


def _path(template: str, tile: Tile) -> str:
    return template.format(z=tile[0], x=tile[1], y=f"{tile[2]}.{FORMAT}")
