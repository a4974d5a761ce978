"""Which rasters a tile may show, and where many lie together."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiling.geometry.footprint import Footprint
from tiling.geometry.footprints import FootprintIndex
from tiling.geometry.union import union_footprint
from tiling.models import Bounds, TileAddress

degrees = st.integers(-1800, 1799).map(lambda tenths: tenths / 10)
EARTH = (-180.0, -90.0, 180.0, 90.0)


@st.composite
def boxes(draw: st.DrawFn) -> Bounds:
    west, south = draw(degrees), draw(st.integers(-900, 890)) / 10
    width = draw(st.one_of(st.floats(0.01, 30), st.floats(0.01, 360)))
    return west, south, west + width, min(90.0, south + draw(st.floats(0.01, 60)))


@st.composite
def addresses(draw: st.DrawFn) -> TileAddress:
    z = draw(st.integers(0, 14))
    last = 2**z - 1
    edge = st.one_of(st.integers(0, last), st.sampled_from([0, last]))
    return TileAddress(z=z, x=draw(edge), y=draw(st.integers(0, last)))


@settings(max_examples=150, deadline=None)
@given(st.lists(boxes(), max_size=20), addresses())
def test_the_index_finds_what_one_by_one_would(several: list[Bounds], address: TileAddress) -> None:
    one_by_one = [
        position
        for position, (west, south, east, north) in enumerate(several)
        if Footprint(west=west, south=south, east=east, north=north).touches(address)
    ]
    found = FootprintIndex(several).touching(address.lonlat_bounds)
    assert sorted(found) == one_by_one
    assert sum(after < before for before, after in pairwise(found)) <= 1  # two parts, each in order


def test_those_that_touch_by_the_margin_alone_come_last() -> None:
    """Of a row of rasters, tiles of their own width show one; its neighbours begin where it ends."""
    row = [(x / 10, 0.0, (x + 1) / 10, 0.1) for x in range(10)]
    assert FootprintIndex(row).touching((0.5, 0.0, 0.6, 0.1)) == [5, 4, 6]
    assert FootprintIndex(row).touching((0.55, 0.0, 0.65, 0.1)) == [5, 6]


def test_a_footprint_beyond_180_is_found_on_both_sides() -> None:
    index = FootprintIndex([(178.0, -18.0, 182.0, -16.0), (0.0, 0.0, 1.0, 1.0)])
    for lon in (179.0, -179.0):
        assert index.touching((lon, -17.5, lon + 0.5, -17.0)) == [0]
    assert index.touching((-170.0, -17.5, 170.0, -17.0)) == []


def test_ten_thousand_footprints_are_searched_in_less_than_a_millisecond() -> None:
    random = np.random.default_rng(1)
    west, south = random.uniform(-180, 180, 10_000), random.uniform(-80, 80, 10_000)
    index = FootprintIndex(list(zip(west, south, west + 0.1, south + 0.1, strict=True)))
    seconds = []
    for _ in range(50):
        started = time.perf_counter()
        index.touching((10.0, 10.0, 12.0, 12.0))
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 1e-3


@settings(max_examples=150, deadline=None)
@given(st.lists(boxes(), min_size=1, max_size=12))
def test_a_union_holds_each_box_and_is_no_wider_than_the_boxes_without_their_widest_gap(several: list[Bounds]) -> None:
    together = union_footprint(several)
    for west, south, east, north in several:
        inside = any(
            together.west - 1e-9 <= west + turn and east + turn <= together.east + 1e-9 for turn in (-360, 0, 360)
        )
        assert inside or together.east - together.west == 360
        assert together.south <= south
        assert north <= together.north
    assert -180 <= together.west < 180
    assert together.east - together.west <= 360
    assert any(box[0] == together.west for box in several) or together.box[0] == -180


@pytest.mark.parametrize(
    ("several", "together"),
    [
        pytest.param([(10, 40, 20, 50)], (10, 40, 20, 50), id="one"),
        pytest.param([(10, 40, 20, 50), (15, 45, 30, 60)], (10, 40, 30, 60), id="two that overlap"),
        pytest.param([(177, -18, 179, -16), (-180, -19, -178, -17)], (177, -19, 182, -16), id="both sides of 180"),
        pytest.param([(178, -18, 182, -16), (-179, -19, -177, -17)], (178, -19, 183, -16), id="one across 180"),
        pytest.param([(-180, -10, 180, 10), (5, 5, 6, 20)], (-180, -10, 180, 20), id="one around the Earth"),
        pytest.param([(-180, 0, -60, 1), (-60, 0, 60, 1), (60, 0, 180, 1)], (-180, 0, 180, 1), id="around together"),
    ],
)
def test_a_union_is_the_narrowest_box(several: list[Bounds], together: Bounds) -> None:
    assert union_footprint(several).box == pytest.approx(together)
