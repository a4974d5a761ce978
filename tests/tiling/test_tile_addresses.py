import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiling.errors import TileAddressInvalid
from tiling.models import TileAddress

ADDRESSES = st.integers(0, 30).flatmap(
    lambda z: st.builds(TileAddress, z=st.just(z), x=st.integers(0, 2**z - 1), y=st.integers(0, 2**z - 1))
)


@given(ADDRESSES)
def test_a_tile_is_a_square_within_the_world(address: TileAddress) -> None:
    left, bottom, right, top = address.mercator_bounds
    world = 20037508.342789244
    assert -world - 1e-6 <= left < right <= world + 1e-6
    assert -world - 1e-6 <= bottom < top <= world + 1e-6
    side = 2 * world / 2**address.z
    assert right - left == pytest.approx(side, abs=1e-6)
    assert top - bottom == pytest.approx(side, abs=1e-6)


@given(ADDRESSES)
def test_a_tile_ends_where_its_neighbour_begins(address: TileAddress) -> None:
    if address.x + 1 < 2**address.z:
        neighbour = TileAddress(z=address.z, x=address.x + 1, y=address.y)
        assert neighbour.mercator_bounds[0] == pytest.approx(address.mercator_bounds[2], abs=1e-6)
        assert neighbour.lonlat_bounds[0] == pytest.approx(address.lonlat_bounds[2], abs=1e-9)


@pytest.mark.parametrize(
    ("z", "x", "y", "field"),
    [
        pytest.param(-1, 0, 0, "z", id="negative zoom"),
        pytest.param(31, 0, 0, "z", id="zoom beyond 30"),
        pytest.param(10**100, 0, 0, "z", id="huge zoom"),
        pytest.param(1.0, 0, 0, "z", id="float"),
        pytest.param(True, 0, 0, "z", id="bool"),
        pytest.param(1, 2, 0, "x", id="column beyond the last"),
        pytest.param(1, -1, 0, "x", id="negative column"),
        pytest.param(0, 0, 1, "y", id="row beyond the last"),
        pytest.param(3, 0, "1", "y", id="text"),
    ],
)
def test_a_tile_that_does_not_exist_cannot_be_named(z: int, x: int, y: int, field: str) -> None:
    with pytest.raises(TileAddressInvalid) as error:
        TileAddress(z=z, x=x, y=y)
    assert error.value.field == field
