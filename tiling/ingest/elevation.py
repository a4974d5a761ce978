"""Whether a single band holds heights. A guess, and documented as one: its profiles can be replaced."""

import re
from typing import Any, Final

import numpy as np

from tiling.geometry.vertical_units import METRE, metres_per
from tiling.ingest.sample import Sample

LOWEST, HIGHEST = -11_100.0, 9_000.0
"""Metres: the Challenger Deep and Mount Everest, with some room."""

_WORDS: Final = re.compile(
    r"(?<![a-z])(s?dems?|dtm|dsm|chm|srtm|aster.?gdem|gmted|gebco|elev\w*|height|altitude|bathy\w*|topo\w*|terrain|hoehe)(?![a-z])"
)
_SIGNED: Final = frozenset({"int16", "int32", "float32", "float64"})
_LEAST_SPREAD: Final = 5.0
_LEAST_SMOOTHNESS: Final = 0.9


def looks_like_elevation(dataset: Any, sample: Sample, name: str) -> bool:
    """Whether the one data band of a raster holds heights, in metres or in another unit of length that it declares.

    It must be signed, or named as heights, and lie between the deepest sea and the highest mountain. Beyond that one of
    these must hold: the file's name, the band's name or the unit says so; or the band has no name and its values vary
    by metres and smoothly (neighbours correlate by 0.9 or more), as the ground does and a radar image does not.
    """
    range_, unit = sample.percentiles(1), dataset.units[0] or ""
    metres = metres_per(unit)
    if dataset.dtypes[0] == "uint8" or range_ is None or (unit and metres is None):
        return False
    if not LOWEST <= range_[0] * (metres or METRE) <= range_[1] * (metres or METRE) <= HIGHEST:
        return False
    description = (dataset.descriptions[0] or "").lower()
    if _WORDS.search(description) or _WORDS.search(re.sub(r"[_\W\d]+", " ", name.lower())):
        return True
    if dataset.dtypes[0] not in _SIGNED or description:
        return False
    if unit:
        return True
    return range_[1] - range_[0] >= _LEAST_SPREAD and _smoothness(sample) >= _LEAST_SMOOTHNESS


def _smoothness(sample: Sample) -> float:
    """Return the correlation of horizontal neighbours that both hold data, 0 where too few do."""
    values, valid = sample.values[0], sample.valid[0]
    both = valid[:, 1:] & valid[:, :-1]
    left, right = values[:, :-1][both], values[:, 1:][both]
    if left.size < 16 or left.std() == 0 or right.std() == 0:  # noqa: PLR2004 - too few to say anything
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
