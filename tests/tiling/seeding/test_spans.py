"""Which tiles a box has, against mercantile and the `pmtiles` package."""

from __future__ import annotations

import math

import mercantile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.tile import zxy_to_tileid

from tiling.seeding.spans import Span, spans_of, tile_ids


def holds(spans: tuple[Span, ...], z: int, x: int, y: int) -> bool:
    return any(span.holds(z, x, y) for span in spans)


@given(st.integers(0, 12), st.data())
def test_a_box_has_the_tiles_from_that_of_one_corner_to_that_of_the_other(z: int, data: st.DataObject) -> None:
    side, places = 2**z, []
    for _ in range(4):
        near = data.draw(st.integers(0, min(side - 1, 7)))
        places.append((near if data.draw(st.booleans()) else side - 1 - near, data.draw(st.floats(0.01, 0.99))))
    (left, _), (right, _), top, bottom = *places[:2], *sorted(places[2:])
    if left == right and places[0][1] >= places[1][1]:
        places[0], places[1] = places[1], places[0]
    west, east = (sum(place) / side * 360 - 180 for place in places[:2])
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * sum(p) / side)))) for p in (top, bottom))
    if south >= north or west == east:
        return
    spans = spans_of((west, south, east, north), z, z)
    columns = range(left, right + 1) if west < east else [*range(left, side), *range(right + 1)]
    rows = range(top[0], bottom[0] + 1)
    assert sum(span.count for span in spans) == len(set(columns)) * len(rows)
    assert all(holds(spans, z, x, y) for x in (left, right, columns[-1]) for y in (rows[0], rows[-1]))
    outside = {x % side for x in (left - 1, right + 1)} - set(columns)
    assert not any(holds(spans, z, x, rows[0]) for x in outside)


@pytest.mark.parametrize("z", range(7))
@pytest.mark.parametrize("box", [(5.1, 45.2, 11.3, 48.4), (-70.5, -30.1, 60.7, 70.3), (-180.0, -85.0, 180.0, 85.0)])
def test_they_are_those_of_mercantile(box: tuple[float, float, float, float], z: int) -> None:
    expected = {zxy_to_tileid(tile.z, tile.x, tile.y) for tile in mercantile.tiles(*box, zooms=[z])}
    assert set(tile_ids(spans_of(box, z, z)).tolist()) == expected


@given(st.integers(0, 24), st.data())
def test_numbers_are_those_of_the_package_and_ascend(z: int, data: st.DataObject) -> None:
    left, top = (data.draw(st.integers(0, max(0, 2**z - 4))) for _ in range(2))
    span = Span(z=z, left=left, right=min(left + 3, 2**z - 1), top=top, bottom=min(top + 3, 2**z - 1))
    expected = sorted(
        zxy_to_tileid(z, x, y) for x in range(span.left, span.right + 1) for y in range(span.top, span.bottom + 1)
    )
    assert tile_ids((span,)).tolist() == expected


@pytest.mark.parametrize("box", [(170.0, -20.0, -170.0, 10.0), (170.0, -20.0, 190.0, 10.0)], ids=["wrapped", "beyond"])
def test_what_crosses_180_degrees_has_both_sides_and_no_tile_twice(box: tuple[float, float, float, float]) -> None:
    for z in range(8):
        ids = tile_ids(spans_of(box, z, z))
        assert len(np.unique(ids)) == len(ids)
        sides = mercantile.tiles(170, -20, 180, 10, [z]), mercantile.tiles(-180, -20, -170, 10, [z])
        assert set(ids.tolist()) == {zxy_to_tileid(tile.z, tile.x, tile.y) for side in sides for tile in side}


def test_zooms_follow_each_other_and_poles_end_at_the_last_row() -> None:
    spans = spans_of((-10, 80, 10, 90), 0, 4)
    assert [span.z for span in spans] == [0, 1, 2, 3, 4]
    assert all(span.top == 0 for span in spans)
    ids = tile_ids(spans)
    assert (np.diff(ids) > 0).all()
