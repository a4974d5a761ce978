"""What a link could cost: as many tiles as mercantile counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mercantile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.operations.links.cost import tiles_in

if TYPE_CHECKING:
    from tests.conftest import Installation

ZOOMS = st.integers(0, 9)
LONGITUDES, LATITUDES = (st.floats(-most, most).map(lambda at: round(at, 5) + 3e-6) for most in (179.9, 84.9))
"""Never within rounding of the edge of a tile, of which mercantile leaves a hundred-millionth of a millimetre out."""
SIZES = st.floats(0.01, 20).map(lambda size: round(size, 5))


@given(zoom=ZOOMS, west=LONGITUDES, south=LATITUDES, width=SIZES, height=SIZES)
def test_tiles_are_those_that_a_box_touches(zoom: int, west: float, south: float, width: float, height: float) -> None:
    east, north = min(west + width, 180.0), min(south + height, 85.0)
    touched = {(tile.x, tile.y) for tile in mercantile.tiles(west, south, east, north, zoom) if tile.z == zoom}
    assert tiles_in((west, south, east, north), zoom) == len(touched)


@pytest.mark.parametrize(
    ("box", "zoom", "tiles"),
    [
        ((-180, -90, 180, 90), 0, 1),
        ((-180, -90, 180, 90), 3, 64),
        ((170, -10, 190, 10), 2, 4),
        ((170, 1, 190, 2), 4, 2),
        ((0, 0, 0, 0), 5, 1),
        ((-180, 86, 180, 89), 2, 4),
    ],
)
def test_seam_poles_and_points(box: tuple[float, float, float, float], zoom: int, tiles: int) -> None:
    assert tiles_in(box, zoom) == tiles


async def test_a_dry_run_says_what_the_link_could_cost(service: Installation) -> None:
    item = await service.add_item()
    assert "cost" not in await service.add_link(item)
    cost = (await service.add_link(item, dry_run=True))["cost"]
    assert [one["zoom"] for one in cost["zooms"]] == list(range(item["minzoom"], item["maxzoom"] + 1))
    for one in cost["zooms"]:
        assert one["tiles"] == len(list(mercantile.tiles(*item["bounds"], one["zoom"])))
        assert one["pixels"] == one["tiles"] * 256 * 256
    assert cost["tiles"] == sum(one["tiles"] for one in cost["zooms"])


async def test_an_area_and_zooms_make_it_cost_less(service: Installation) -> None:
    item = await service.add_item()
    west, south, east, north = item["bounds"]
    middle = (west + east) / 2, (south + north) / 2
    ring = [[west, south], [middle[0], south], [middle[0], middle[1]], [west, middle[1]], [west, south]]
    limits = {"area": {"type": "Polygon", "coordinates": [ring]}, "max_zoom": item["maxzoom"]}
    whole = (await service.add_link(item, dry_run=True))["cost"]
    part = (await service.add_link(item, dry_run=True, **limits))["cost"]
    assert 0 < part["zooms"][-1]["tiles"] < whole["zooms"][-1]["tiles"]
    lowest = (await service.add_link(item, dry_run=True, max_zoom=item["minzoom"]))["cost"]
    assert lowest["zooms"] == whole["zooms"][:1]
