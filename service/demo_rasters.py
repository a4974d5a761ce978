"""Two rasters to try the service with: a scene and the elevation of an island that does not exist.

It lies at the point of the ocean that is farthest from any land (48.88° S, 123.39° W), and nobody takes it for real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import rasterio.shutil
from rasterio import Affine
from rasterio.io import MemoryFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Grid: TypeAlias = "NDArray[np.float32]"

SEED = 17
SIZE = 2048  # pixels
PIXEL = 10.0  # metres
CRS = "EPSG:32710"  # UTM zone 10 south
WEST, NORTH = 461_200.0, 4_596_400.0  # metres
SUMMIT = 1_940.0  # metres
SEABED = -420.0  # metres
NODATA = -9999.0  # the sea of the elevation model
SUN_AZIMUTH, SUN_ALTITUDE = 315.0, 45.0  # degrees
RELIEF = 1.6  # how much steeper than real the hillshade is

# Metres and the colour there; between two it is a mixture.
COLOURS = (
    (-420, (9, 38, 74)),
    (-180, (17, 70, 116)),
    (-60, (32, 119, 158)),
    (-8, (96, 190, 196)),
    (0, (176, 224, 205)),
    (1, (233, 219, 176)),
    (18, (206, 203, 140)),
    (60, (120, 160, 86)),
    (350, (70, 122, 62)),
    (750, (94, 116, 66)),
    (1100, (140, 122, 88)),
    (1450, (150, 140, 130)),
    (1650, (205, 205, 205)),
    (1800, (250, 251, 252)),
)


def write_demo_rasters(folder: Path) -> tuple[Path, Path]:
    """Return the paths of `island.tif` (RGB, uint8) and `island-elevation.tif` (metres, float32, the sea is nodata).

    Both are Cloud Optimized GeoTIFFs of 2048 by 2048 pixels of 10 m, the same bytes each time; those that are there
    already are left alone. Blocks for a few seconds. Raises OSError.
    """
    scene, elevation = folder / "island.tif", folder / "island-elevation.tif"
    if not (scene.exists() and elevation.exists()):
        heights = island()
        _write_cog(scene, _paint(heights), photometric="RGB")
        _write_cog(elevation, np.where(heights > 0, heights, np.float32(NODATA))[np.newaxis], nodata=NODATA)
    return scene, elevation


def island() -> Grid:
    """Return the heights in metres, float32 of shape (SIZE, SIZE); below 0 is the bed of the sea."""
    rng = np.random.default_rng(SEED)
    shape, ridges, detail = (_noise(rng, exponent) for exponent in (1.85, 2.05, 1.5))
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype(np.float32)
    distance = np.hypot(x * 0.92 + 0.12 * y, y * 1.12) + 0.15 * shape
    land = 0.62 - distance
    crests = 1 - np.sqrt(np.abs(ridges))
    rise = np.clip(land, 0, None)
    above = rise**1.2 * (1 + 0.75 * np.clip(crests, -0.8, 1)) + 0.008 * detail * rise
    above *= SUMMIT / above.max()
    below = SEABED * (1 - np.exp(np.clip(land, None, 0) * 5)) * (1 + 0.08 * detail)
    heights: Grid = np.where(land > 0, np.maximum(above, 0.5), below).astype(np.float32)
    return heights


def _noise(rng: np.random.Generator, exponent: float) -> Grid:
    """Return fractal noise with mean 0 and deviation 1: white noise whose waves shrink with their frequency."""
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, np.newaxis], np.fft.rfftfreq(SIZE)[np.newaxis])
    frequency[0, 0] = np.inf
    waves = np.fft.rfft2(rng.standard_normal((SIZE, SIZE))) / frequency**exponent
    noise = np.fft.irfft2(waves, (SIZE, SIZE))
    scaled: Grid = (noise / noise.std()).astype(np.float32)
    return scaled


def _paint(heights: Grid) -> NDArray[np.uint8]:
    """Return RGB of shape (3, SIZE, SIZE): hypsometric colours in the light of the hillshade."""
    stops = [height for height, _ in COLOURS]
    light = np.where(heights > 0, 0.42 + 0.78 * _hillshade(heights), 1).astype(np.float32)
    bands = [np.interp(heights, stops, [colour[band] for _, colour in COLOURS]) * light for band in range(3)]
    return np.clip(np.rint(bands), 0, 255).astype(np.uint8)


def _hillshade(heights: Grid) -> Grid:
    """Return the light from 0 to 1 that falls on each pixel (Horn's shading without its 3 x 3 smoothing)."""
    down, right = np.gradient(heights * np.float32(RELIEF), PIXEL)
    azimuth, altitude = np.deg2rad(SUN_AZIMUTH), np.deg2rad(SUN_ALTITUDE)
    toward_sun = -(np.sin(azimuth) * right - np.cos(azimuth) * down) * np.cos(altitude) + np.sin(altitude)
    light: Grid = np.clip(toward_sun / np.sqrt(1 + right**2 + down**2), 0, 1).astype(np.float32)
    return light


def _write_cog(path: Path, bands: NDArray[np.generic], **profile: Any) -> None:
    """Write atomically, so that a run that is cut leaves no half of a raster behind."""
    count, height, width = bands.shape
    transform = Affine(PIXEL, 0, WEST, 0, -PIXEL, NORTH)
    size = {"count": count, "height": height, "width": width, "dtype": bands.dtype.name}
    unfinished = path.with_name(f".{path.name}.part")
    with MemoryFile() as memory, memory.open(driver="GTiff", crs=CRS, transform=transform, **size, **profile) as raster:
        raster.write(bands)
        rasterio.shutil.copy(
            raster, unfinished, driver="COG", compress="DEFLATE", predictor="YES", overview_resampling="AVERAGE"
        )
    unfinished.replace(path)
