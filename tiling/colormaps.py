"""Colormaps by name: rio-tiler's (which hold matplotlib's and cmocean's) and one of ours for land heights."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rio_tiler.colormap import cmap

Lut = NDArray[np.uint8]
"""Shape (n, 4): red, green, blue, alpha of each index."""

HYPSOMETRIC: Final = "hypsometric"
_HYPSOMETRIC_STOPS: Final = (
    (0.00, (92, 135, 96)),
    (0.20, (152, 178, 120)),
    (0.40, (218, 211, 158)),
    (0.60, (201, 171, 122)),
    (0.80, (163, 128, 103)),
    (0.93, (206, 198, 194)),
    (1.00, (250, 250, 250)),
)
"""After the hypsometric tints of printed atlases: green valleys, tan slopes, brown heights, white summits."""


def colormap_exists(name: object) -> bool:
    """Whether `colormap_lut` knows this name."""
    return isinstance(name, str) and name in _names()


@cache
def colormap_lut(name: str) -> Lut:
    """Return a colormap's 256 colours, read-only, shape (256, 4). Raises KeyError for a name that does not exist."""
    if name not in _names():
        raise KeyError(name)
    lut = _hypsometric() if name == HYPSOMETRIC else _from_rio_tiler(name)
    lut.setflags(write=False)
    return lut


@cache
def _names() -> frozenset[str]:
    return frozenset({HYPSOMETRIC, *cmap.list()})


def _from_rio_tiler(name: str) -> Lut:
    colors = cmap.get(name)
    if not isinstance(colors, dict):
        raise KeyError(name)
    lut = np.zeros((256, 4), dtype=np.uint8)
    for index, color in colors.items():
        lut[int(index)] = color
    return lut


def _hypsometric() -> Lut:
    at = np.linspace(0.0, 1.0, 256)
    positions = [position for position, _ in _HYPSOMETRIC_STOPS]
    channels = zip(*(color for _, color in _HYPSOMETRIC_STOPS), strict=True)
    colors = [np.interp(at, positions, channel).round() for channel in channels]
    return np.stack([*colors, np.full(256, 255.0)], axis=1).astype(np.uint8)
