"""Colormaps: rio-tiler's by name (which hold matplotlib's and cmocean's), one of ours for land heights, or JSON.

JSON as TiTiler takes it: an object of colours by index, 0 to 255, each "#rgb", "#rrggbb", "#rrggbbaa", [r, g, b] or
[r, g, b, a]. An index that it does not name is transparent.
"""

import json
import re
from functools import cache, lru_cache
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
LONGEST_JSON: Final = 8192
"""Characters; 256 colours take about 4000."""
_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.ASCII | re.IGNORECASE)
_INDEX: Final = re.compile(r"[0-9]{1,3}", re.ASCII)


def colormap_exists(name: object) -> bool:
    """Whether `colormap_lut` knows this name, or can read this JSON."""
    return isinstance(name, str) and (name in _names() or _from_json(name) is not None)


@lru_cache(maxsize=256)
def colormap_lut(name: str) -> Lut:
    """Return a colormap's 256 colours, read-only, shape (256, 4). Raises KeyError for a name that does not exist."""
    if name in _names():
        lut = _hypsometric() if name == HYPSOMETRIC else _from_rio_tiler(name)
    elif (read := _from_json(name)) is not None:
        lut = read
    else:
        raise KeyError(name)
    lut.setflags(write=False)
    return lut


@cache
def _names() -> frozenset[str]:
    return frozenset({HYPSOMETRIC, *cmap.list()})


def _from_rio_tiler(name: str) -> Lut:
    colors = cmap.get(name)
    return np.array([colors[index] for index in range(256)], dtype=np.uint8)


def _from_json(text: str) -> Lut | None:
    """Return the colours of a JSON object; None for what is none."""
    if not text.startswith("{") or len(text) > LONGEST_JSON:
        return None
    try:
        colors = json.loads(text)
    except (ValueError, RecursionError):
        return None
    lut = np.zeros((256, 4), dtype=np.uint8)
    for index, value in colors.items():
        color = _color(value)
        if color is None or not _INDEX.fullmatch(index) or int(index) >= len(lut):
            return None
        lut[int(index)] = color
    return lut if colors else None


def _color(value: object) -> list[int] | None:
    """Return red, green, blue and alpha; None for what is no color."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        digits = value[1:] if len(value) > 4 else "".join(digit * 2 for digit in value[1:])  # noqa: PLR2004 - #rgb
        return [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)] + [255] * (len(digits) == 6)  # noqa: PLR2004
    if not isinstance(value, list) or len(value) not in (3, 4):
        return None
    if not all(type(part) is int and 0 <= part <= 255 for part in value):  # noqa: PLR2004 - a byte
        return None
    return [*value, 255][:4]


def _hypsometric() -> Lut:
    at = np.linspace(0.0, 1.0, 256)
    positions = [position for position, _ in _HYPSOMETRIC_STOPS]
    channels = zip(*(color for _, color in _HYPSOMETRIC_STOPS), strict=True)
    colors = [np.interp(at, positions, channel).round() for channel in channels]
    return np.stack([*colors, np.full(256, 255.0)], axis=1).astype(np.uint8)
