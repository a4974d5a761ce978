"""How often lines cross: the cost of uniting or cutting polygons, estimated beforehand."""

from typing import Any, Final

import numpy as np
import shapely

from tiling.geometry.scanline import Edges

MAX_CROSSINGS: Final = 5000
"""At 40 µs each, a fifth of a second."""
_BATCH: Final = 16
"""Edges that are looked up at once: what is found of them stays small even where each crosses all."""


def cross_too_often(edges: Edges, others: Edges | None = None) -> bool:
    """Whether edges cross others, or each other, more than `MAX_CROSSINGS` times. Blocks: 15 µs an edge.

    Edges that merely touch are not counted: neighbours in a ring and along a common border do. Those that lie on each
    other are, but each may have one that is its twin.
    """
    lines = _lines(edges)
    is_same = others is None
    tree = shapely.STRtree(lines if others is None else _lines(others))
    found = 0
    for first in range(0, len(lines), _BATCH):
        left, right = tree.query(lines[first : first + _BATCH], predicate="intersects")
        left += first
        if is_same:
            later = left < right
            left, right = left[later], right[later]
        found += int(np.count_nonzero(~shapely.touches(lines[left], tree.geometries[right])))
        if found > MAX_CROSSINGS + len(lines):
            return True
    return False


def _lines(edges: Edges) -> Any:
    return shapely.linestrings(edges.reshape(-1, 2, 2))
