"""Which points of a grid lie inside polygons: exactly, row by row, however many edges there are."""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

Edges = NDArray[np.float64]
"""Shape (n, 4): x and y of where an edge begins and of where it ends."""
Mask = NDArray[np.bool_]
"""Shape (height, width). True lies inside."""
Coordinates = NDArray[np.float64]

_ROWS: Final = 256
"""Rows that are looked at in one go: it bounds the memory that a star of many long edges takes."""


def edges_of(shape: Any) -> Edges:
    """Return the edges of a shapely geometry's polygons, borders and holes alike."""
    rings = [
        np.asarray(ring.coords)[:, :2]
        for polygon in polygons_of(shape)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    if not rings:
        return np.empty((0, 4))
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])


def polygons_of(shape: Any) -> list[Any]:
    """Return the polygons that a shapely geometry is made of; points and lines in it are left out."""
    if shape.geom_type == "Polygon":
        return [] if shape.is_empty else [shape]
    if not hasattr(shape, "geoms"):
        return []
    return [polygon for part in shapely.get_parts(shape) for polygon in polygons_of(part)]


def inside(edges: Edges, xs: NDArray[np.floating[Any]], ys: NDArray[np.floating[Any]]) -> Mask:
    """Return a mask of a grid's points that lie inside (even-odd rule). `xs` and `ys`, ascending, are its lines."""
    mask = np.zeros((ys.size, xs.size), dtype=np.bool_)
    low, high = np.minimum(edges[:, 1], edges[:, 3]), np.maximum(edges[:, 1], edges[:, 3])
    for first in range(0, ys.size, _ROWS):
        part = ys[first : first + _ROWS]
        near = (low <= part[-1]) & (high > part[0])
        if near.any():
            mask[first : first + _ROWS] = _inside(edges[near], xs, part)
    return mask


def _inside(edges: Edges, xs: NDArray[np.floating[Any]], ys: NDArray[np.floating[Any]]) -> Mask:
    """Find where each row crosses each edge; right of an odd number of crossings is inside."""
    first = np.searchsorted(ys, np.minimum(edges[:, 1], edges[:, 3]), side="left")
    crossings = np.searchsorted(ys, np.maximum(edges[:, 1], edges[:, 3]), side="left") - first
    edge = np.repeat(np.arange(len(edges)), crossings)
    rows = np.arange(edge.size) - np.repeat(np.cumsum(crossings) - crossings, crossings) + first[edge]
    x1, y1, x2, y2 = edges[edge].T
    at = x1 + (ys[rows] - y1) * ((x2 - x1) / (y2 - y1))
    columns = np.searchsorted(xs, at, side="left")
    width = xs.size + 1
    found = np.bincount(rows * width + columns, minlength=ys.size * width).reshape(ys.size, width)
    return np.asarray(np.cumsum(found[:, :-1], axis=1) % 2 == 1)
