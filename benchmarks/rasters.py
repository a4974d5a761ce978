"""The rasters that are measured, one of each class; made once into `benchmarks/out/rasters`, always the same."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio import Affine
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from benchmarks import scenery

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

OUT = Path(__file__).parent / "out"
FOLDER = OUT / "rasters"
UTM = "EPSG:32632"
NODATA = -9999.0
WORLD = 2 * math.pi * 6_378_137  # metres around the equator of EPSG:3857
WEB_ZOOM = 17
WEB_TILE = (68_096, 45_056)
"""Column and row at WEB_ZOOM of the web-aligned rasters' north-western tile, near Munich; whole tiles up to zoom 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How a raster is shown, by every server alike; always by nearest neighbour."""

    bands: tuple[int, ...]
    """From 1; one or three."""
    rescale: tuple[float, float] | None = None
    """None: bytes as they are."""
    colormap: str | None = None
    """A name that matplotlib gave."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RasterClass:
    """A kind of raster that people have."""

    name: str
    """Its file's stem."""
    label: str
    """What a reader of the table sees."""
    side: int
    """Pixels, in a full run."""
    quick_side: int
    """Pixels, in a quick run."""
    formats: tuple[str, ...]
    """In which tiles are asked for."""
    rendering: Rendering
    base: Callable[[], NDArray[np.generic]]
    """Draws the square of ground that it consists of."""
    profile: dict[str, Any]
    """rasterio's creation profile of the plain file."""
    cog: dict[str, str]
    """Creation options of GDAL's COG driver."""
    web_aligned: bool = False

    def path(self, *, quick: bool) -> Path:
        """Return where its file is."""
        return FOLDER / f"{self.name}-{self.quick_side if quick else self.side}.tif"


RGB = Rendering(bands=(1, 2, 3))
TRUE_COLOUR = {"photometric": "RGB"}
WEB = {"TILING_SCHEME": "GoogleMapsCompatible", "BLOCKSIZE": "256", "ADD_ALPHA": "NO"}
CLASSES = (
    RasterClass(
        name="rgb-jpeg",
        label="RGB JPEG, UTM",
        side=8192,
        quick_side=4096,
        formats=("jpg", "png", "webp"),
        rendering=RGB,
        base=scenery.colours,
        profile={"crs": UTM, "dtype": "uint8", "count": 3, **TRUE_COLOUR},
        cog={"COMPRESS": "JPEG", "QUALITY": "75"},
    ),
    RasterClass(
        name="rgb-deflate",
        label="RGB deflate, UTM",
        side=8192,
        quick_side=4096,
        formats=("jpg", "png"),
        rendering=RGB,
        base=scenery.colours,
        profile={"crs": UTM, "dtype": "uint8", "count": 3, **TRUE_COLOUR},
        cog={"COMPRESS": "DEFLATE", "PREDICTOR": "YES"},
    ),
    RasterClass(
        name="elevation",
        label="elevation float32, 4326",
        side=8192,
        quick_side=4096,
        formats=("jpg", "png"),
        rendering=Rendering(bands=(1,), rescale=(0, scenery.TOP), colormap="viridis"),
        base=lambda: np.where(scenery.lakes(), np.float32(NODATA), scenery.heights())[np.newaxis],
        profile={"crs": "EPSG:4326", "dtype": "float32", "count": 1, "nodata": NODATA},
        cog={"COMPRESS": "DEFLATE", "PREDICTOR": "YES"},
    ),
    RasterClass(
        name="uint16",
        label="4 x uint16 deflate, UTM",
        side=8192,
        quick_side=4096,
        formats=("jpg", "png"),
        rendering=Rendering(bands=(1, 2, 3), rescale=(0, 4500)),
        base=scenery.reflectances,
        profile={"crs": UTM, "dtype": "uint16", "count": 4},
        cog={"COMPRESS": "DEFLATE", "PREDICTOR": "YES", "LEVEL": "4"},
    ),
    RasterClass(
        name="web-jpeg",
        label="web-aligned JPEG",
        side=16384,
        quick_side=8192,
        formats=("jpg", "png"),
        rendering=RGB,
        base=scenery.colours,
        profile={"crs": "EPSG:3857", "dtype": "uint8", "count": 3, **TRUE_COLOUR},
        cog={"COMPRESS": "JPEG", "QUALITY": "75", **WEB},
        web_aligned=True,
    ),
    RasterClass(
        name="web-webp",
        label="web-aligned WebP",
        side=8192,
        quick_side=4096,
        formats=("webp",),
        rendering=RGB,
        base=scenery.colours,
        profile={"crs": "EPSG:3857", "dtype": "uint8", "count": 3, **TRUE_COLOUR},
        cog={"COMPRESS": "WEBP", "QUALITY": "75", **WEB},
        web_aligned=True,
    ),
)


def make_rasters(classes: tuple[RasterClass, ...], *, quick: bool) -> None:
    """Make the files that are missing. Blocks for a few seconds each."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in classes:
        path = kind.path(quick=quick)
        if not path.exists():
            started = time.monotonic()
            make_raster(kind, path, kind.quick_side if quick else kind.side)
            megabytes = path.stat().st_size / 2**20
            print(f"made {path.name}: {megabytes:.0f} MB in {time.monotonic() - started:.0f} s", flush=True)


def make_raster(kind: RasterClass, path: Path, side: int) -> None:
    """Write one raster of `side` pixels; whoever sees the file sees all of it."""
    plain, unfinished = path.with_suffix(".plain.tif"), path.with_suffix(".part")
    base = kind.base()
    size = {"width": side, "height": side, "transform": transform_of(kind, side)}
    options = {"driver": "GTiff", "tiled": True, "blockxsize": 512, "blockysize": 512, "BIGTIFF": "IF_SAFER"}
    with rasterio.open(plain, "w", **options, **size, **kind.profile) as raster:
        for row in range(-(-side // scenery.BASE)):
            for column in range(-(-side // scenery.BASE)):
                _write_square(raster, scenery.mirrored(base, row, column), row, column)
        if raster.count == 4:
            raster.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.undefined)
    cog = {"BLOCKSIZE": "512", "OVERVIEW_RESAMPLING": "AVERAGE", "NUM_THREADS": "ALL_CPUS", "BIGTIFF": "IF_SAFER"}
    rasterio.shutil.copy(plain, unfinished, driver="COG", **cog | kind.cog)
    plain.unlink()
    unfinished.replace(path)


def _write_square(raster: Any, square: NDArray[np.generic], row: int, column: int) -> None:
    left, top = column * scenery.BASE, row * scenery.BASE
    width, height = min(scenery.BASE, raster.width - left), min(scenery.BASE, raster.height - top)
    raster.write(square[:, :height, :width], window=Window(left, top, width, height))


def transform_of(kind: RasterClass, side: int) -> Affine:
    """Return the place of the north-western pixel: half a metre to a pixel or so, whatever the CRS."""
    if kind.web_aligned:
        pixel = WORLD / 2**WEB_ZOOM / 256
        tile = pixel * 256
        return Affine(pixel, 0, WEB_TILE[0] * tile - WORLD / 2, 0, -pixel, WORLD / 2 - WEB_TILE[1] * tile)
    if kind.profile["crs"] == UTM:
        return Affine(0.6, 0, 690_000, 0, -0.6, 5_335_000)
    return Affine(30 / side / 30, 0, 11.0, 0, -30 / side / 30, 48.0)
