"""Ground that does not exist, with the entropy of real pixels: relief, fields and the noise of a sensor.

Blocks that compress like those of real imagery matter here: flat colours would decode for nothing. The same seed gives
the same bytes. A base square is drawn once and mirrored to larger sizes: no seam is seen, and little time passes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BASE = 2048  # pixels
SEED = 17
TOP = 3000.0  # metres
LAKE = 0.01  # part of the ground that is water, and nodata in the heights
SENSOR_NOISE = 3.0  # of 255
RELIEF = 0.35  # how strongly slopes are lit


@cache
def heights() -> NDArray[np.float32]:
    """Return metres from 0 to 3000 in steps of 6 cm, as surveys are rounded, shape (BASE, BASE)."""
    rng = np.random.default_rng(SEED)
    noise = _fractal(rng, 1.9) + 0.003 * _fractal(rng, 0.6)
    low, high = np.quantile(noise, [0.0, 1.0])
    metres = (noise - low) / (high - low) * TOP
    scaled: NDArray[np.float32] = (np.rint(metres * 16) / 16).astype(np.float32)
    return scaled


@cache
def lakes() -> NDArray[np.bool_]:
    """Return where the water is, shape (BASE, BASE)."""
    ground = heights()
    water: NDArray[np.bool_] = ground < np.quantile(ground, LAKE)
    return water


@cache
def colours() -> NDArray[np.uint8]:
    """Return a scene as red, green and blue, shape (3, BASE, BASE)."""
    bright = np.stack([band / 10_000 * 255 for band in reflectances()[:3].astype(np.float32)])
    return np.clip(np.rint(bright * 2.2), 0, 255).astype(np.uint8)


@cache
def reflectances() -> NDArray[np.uint16]:
    """Return red, green, blue and near infrared in ten thousandths, shape (4, BASE, BASE)."""
    rng = np.random.default_rng(SEED + 1)
    ground = heights()
    down, right = np.gradient(ground)
    light = 1 + RELIEF * np.clip((right - down) / 8, -1, 1)
    fields = _fractal(rng, 1.2)
    red, green, blue, infrared = (
        base + swing * fields + climb * ground / TOP
        for base, swing, climb in ((1700, 350, 900), (1800, 250, 700), (1400, 180, 900), (3400, -600, -500))
    )
    noise = rng.standard_normal((4, BASE, BASE), np.float32) * (SENSOR_NOISE / 255 / 2.2 * 10_000)
    bands = np.stack([red, green, blue, infrared]) * light + noise
    return np.clip(np.rint(bands), 1, 10_000).astype(np.uint16)


def _fractal(rng: np.random.Generator, exponent: float) -> NDArray[np.float32]:
    """Return noise with mean 0 and deviation 1: white noise whose waves shrink with their frequency."""
    frequency = np.hypot(np.fft.fftfreq(BASE)[:, np.newaxis], np.fft.rfftfreq(BASE)[np.newaxis])
    frequency[0, 0] = np.inf
    waves = np.fft.rfft2(rng.standard_normal((BASE, BASE))) / frequency**exponent
    noise = np.fft.irfft2(waves, (BASE, BASE))
    return (noise / noise.std()).astype(np.float32)


def mirrored(base: NDArray[np.generic], row: int, column: int) -> NDArray[np.generic]:
    """Return the square at a row and column of the endless ground: every second one is turned over, without a seam."""
    turned = base[..., ::-1, :] if row % 2 else base
    return turned[..., ::-1] if column % 2 else turned
