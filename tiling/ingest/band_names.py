"""Which band is red, green, blue or near infrared."""

import re
from typing import Any, Final

from rasterio.enums import ColorInterp

_BY_INTERPRETATION: Final = {ColorInterp.red: "red", ColorInterp.green: "green", ColorInterp.blue: "blue"}
_BY_WORD: Final = {
    "red": re.compile(r"(?<![a-z])red(?!.?edge|[a-z])"),
    "green": re.compile(r"(?<![a-z])green(?![a-z])"),
    "blue": re.compile(r"(?<![a-z])blue(?![a-z])"),
    "nir": re.compile(r"(?<![a-z])(nir|near.?infra.?red)(?![a-z])"),
}
_SENTINEL_2: Final = {"b02": "blue", "b03": "green", "b04": "red", "b08": "nir"}
_LANDSAT_8: Final = {"sr_b2": "blue", "sr_b3": "green", "sr_b4": "red", "sr_b5": "nir"}
_BY_NUMBER: Final = _SENTINEL_2 | _LANDSAT_8 | {"b2": "blue", "b3": "green", "b4": "red", "b8": "nir"}


def name_bands(dataset: Any, bands: tuple[int, ...]) -> dict[str, int]:
    """Return band numbers (from 1) by "red", "green", "blue" and "nir", as far as the file names them.

    A band's name counts more than its colour interpretation; the first of two bands of one name is taken.
    Sentinel-2's numbers are those of its level-1C and 2A products, Landsat 8's those of collection 2.
    """
    names: dict[str, int] = {}
    for band in bands:
        name = _by_description((dataset.descriptions[band - 1] or "").lower())
        if name:
            names.setdefault(name, band)
    if {"red", "green", "blue"} <= names.keys():
        return names
    for band in bands:
        name = _BY_INTERPRETATION.get(dataset.colorinterp[band - 1])
        if name:
            names.setdefault(name, band)
    return names


def _by_description(description: str) -> str | None:
    for name, word in _BY_WORD.items():
        if word.search(description):
            return name
    number = re.match(r"(?:sr_)?b\d+(?![\da-z])", description)
    return _BY_NUMBER.get(number[0]) if number else None
