"""`tilegate doctor RASTER`: how a raster would be served, and what could be better."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mercantile
import rasterio

from service.cli.examination.finding import Finding
from tiling.files.raster_source import RasterSource
from tiling.gate.validate import GDAL_OPTIONS
from tiling.ingest.inspect import inspect_raster
from tiling.ingest.warmup import warm_up, warmup_raster
from tiling.models import TileAddress
from tiling.render import render_tile
from tiling.source.opening import close

if TYPE_CHECKING:
    from tiling.models import RasterDescription

SLOW = 0.25
"""Processor seconds of a tile, from which on a map feels slow."""
LARGE_BLOCK = 1024 * 1024
"""Pixels of a block, all of which are decoded for the least tile."""
WIDE_STRIP = 4096
"""Pixels of a row, from which rows as blocks are a burden."""


def look_at_raster(path: Path) -> list[Finding]:
    """Describe a raster, render a tile of its lowest and of its highest zoom, and say what `optimise` would gain.

    Blocks. Raises RasterRefused with the reason where it cannot be served, SourceUnreadable.
    """
    source = RasterSource(path=str(path.absolute()), version="")
    description = inspect_raster(source)
    with rasterio.Env(**GDAL_OPTIONS), rasterio.open(path) as dataset:
        stored = [_blocks(dataset), _nodata(dataset)]
    with warmup_raster(Path(tempfile.gettempdir())) as ours:
        warm_up(ours)
    costs = {zoom: _seconds(source, description, zoom) for zoom in (description.minzoom, description.maxzoom)}
    return [
        _shape(description),
        *stored,
        _overviews(description),
        *(_cost(zoom, seconds) for zoom, seconds in costs.items()),
        *(Finding(what="note", is_fine=True, found=warning) for warning in description.warnings),
        _gain(description, stored, max(costs.values())),
    ]


def _shape(description: RasterDescription) -> Finding:
    bands = ", ".join(sorted({band.dtype for band in description.bands}))
    size = f"{description.width} x {description.height} pixels, {len(description.bands)} bands of {bands}"
    crs = description.crs if len(description.crs) < 40 else "a CRS of its own"  # noqa: PLR2004  (WKT is a page)
    found = f"{size}, {crs}, zooms {description.minzoom} to {description.maxzoom}, {description.kind}"
    return Finding(what="raster", is_fine=True, found=found)


def _blocks(dataset: Any) -> Finding:
    height, width = dataset.block_shapes[0]
    is_strip = width == dataset.width and width > WIDE_STRIP
    is_fine = width * height <= LARGE_BLOCK and not is_strip
    kind = dataset.compression.value if dataset.compression else "not compressed"
    told = "" if is_fine else ": a tile reads far more than it shows"
    return Finding(what="blocks", is_fine=is_fine, found=f"{width} x {height} pixels, {kind}{told}")


def _nodata(dataset: Any) -> Finding:
    flags = {flag.name for band in dataset.mask_flag_enums for flag in band} - {"all_valid", "per_dataset"}
    found = {"nodata": f"value {dataset.nodata}", "alpha": "alpha band"}
    told = ", ".join(sorted(found.get(flag, flag) for flag in flags)) or ("a mask" if _has_mask(dataset) else "none")
    return Finding(what="nodata", is_fine=True, found=told)


def _has_mask(dataset: Any) -> bool:
    return any(flag.name == "per_dataset" for band in dataset.mask_flag_enums for flag in band)


def _overviews(description: RasterDescription) -> Finding:
    is_needed = description.minzoom < description.maxzoom
    is_fine = description.has_overviews or not is_needed
    found = "there" if description.has_overviews else "none" if not is_needed else "none: low zooms read every pixel"
    return Finding(what="overviews", is_fine=is_fine, found=found)


def _seconds(source: RasterSource, description: RasterDescription, zoom: int) -> float:
    """Return the processor time of a tile that nobody asked for before."""
    longitude, latitude, _ = description.center
    tile = mercantile.tile(longitude, latitude, zoom)
    close(source)  # with all that was decoded of it
    started = time.process_time()
    render_tile(source, TileAddress(z=tile.z, x=tile.x, y=tile.y), description.profiles[0])
    return time.process_time() - started


def _cost(zoom: int, seconds: float) -> Finding:
    found = f"{seconds * 1000:.0f} ms of a processor when it is drawn for the first time"
    return Finding(what=f"tile at zoom {zoom}", is_fine=seconds < SLOW, found=found)


def _gain(description: RasterDescription, stored: list[Finding], slowest: float) -> Finding:
    wanting = [finding.what for finding in stored if not finding.is_fine]
    wanting += [] if description.has_overviews or description.minzoom == description.maxzoom else ["overviews"]
    if wanting:
        found = f"`tilegate optimise` mends {' and '.join(wanting)}: then a tile of any zoom costs about the same"
        return Finding(what="optimise", is_fine=True, found=found)
    if description.kind == "rgb":
        found = "`tilegate optimise` writes a picture whose blocks are tiles, and are sent without being decoded"
        return Finding(what="optimise", is_fine=True, found=found)
    told = "little" if slowest < SLOW else "smaller blocks, perhaps"
    return Finding(what="optimise", is_fine=True, found=f"would gain {told}")
